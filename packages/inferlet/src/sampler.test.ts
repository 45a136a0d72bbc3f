import { StageError } from "@iftk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { greedy, type Sampler, topP } from "./sampler.js";

/** How often each token is picked, as a share. */
function shares(sampler: Sampler, logits: Float32Array, draws: number): number[] {
  const counts = Array.from(logits, () => 0);
  for (let draw = 0; draw < draws; draw++) {
    const token = sampler(logits);
    counts[token] = (counts[token] as number) + 1;
  }
  return counts.map((count) => count / draws);
}

/** The distribution by its definition: softmax, sort, cut. */
function nucleusByDefinition(logits: Float32Array, temperature: number, topP: number): number[] {
  const highest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp((logit - highest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const order = [...logits.keys()].sort((left, right) => (logits[right] as number) - (logits[left] as number) || left - right);
  const kept = new Set<number>();
  let mass = 0;
  for (const token of order) {
    if (mass >= topP * total - 1e-9 * total) break;
    kept.add(token);
    mass += weights[token] as number;
  }
  return weights.map((weight, token) => (kept.has(token) ? weight / mass : 0));
}

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return StageError.from(error).code;
  }
  return undefined;
};

const everySampler: [string, () => Sampler][] = [
  ["greedy", greedy],
  ["temperature 0", () => topP({ temperature: 0 })],
  ["the whole distribution", () => topP({ seed: 1 })],
  ["the nucleus", () => topP({ topP: 0.9, temperature: 0.7, seed: 1 })],
];

describe.each(everySampler)("%s", (_name, create) => {
  test("an entry of -Infinity is never picked, nor is the view changed", () => {
    const logits = Float32Array.of(-Infinity, 3, -Infinity, 3, 2);
    const before = logits.slice();
    const picked = new Set(Array.from({ length: 200 }, () => sampler(logits)));
    expect([picked.has(0), picked.has(2), logits]).toEqual([false, false, before]);
  });

  test("one entry above -Infinity is picked, however low", () => {
    expect(create()(Float32Array.of(-Infinity, -3e38, -Infinity))).toBe(1);
  });

  test("an entry of Infinity is picked", () => {
    expect(create()(Float32Array.of(1, Infinity, 2))).toBe(1);
  });

  test("NaN, only -Infinity and no entries at all are refused as internal", () => {
    const broken = [Float32Array.of(1, Number.NaN, 2), Float32Array.of(Number.NaN), Float32Array.of(-Infinity, -Infinity), new Float32Array(0)];
    expect(broken.map((logits) => codeOf(() => create()(logits)))).toEqual(["internal", "internal", "internal", "internal"]);
  });

  const sampler = create();
});

test("greedy picks the first of the likeliest", () => {
  expect(greedy()(Float32Array.of(1, 5, 2, 5))).toBe(1);
});

test("at temperature 1 the model's own distribution is drawn", () => {
  const logits = Float32Array.from([0.5, 0.25, 0.15, 0.1], Math.log);
  const found = shares(topP({ seed: 3 }), logits, 40_000);
  expect(chiSquare(found, [0.5, 0.25, 0.15, 0.1], 40_000)).toBeLessThan(16.3);
});

test("all-equal entries are drawn evenly, and the nucleus keeps the first of them", () => {
  const flat = new Float32Array(8).fill(-7);
  expect(chiSquare(shares(topP({ seed: 4 }), flat, 16_000), Array.from(flat, () => 1 / 8), 16_000)).toBeLessThan(24.3);
  expect(shares(topP({ topP: 0.5, seed: 5 }), flat, 2000).map((share) => share > 0)).toEqual([true, true, true, true, false, false, false, false]);
});

test("the nucleus has the entries and the shares of its definition, whatever the logits", () => {
  const logit = fc.oneof(
    fc.integer({ min: -40, max: 40 }).map((value) => value / 4),
    fc.float({ noNaN: true, min: -30, max: 30 }),
    fc.constant(-Infinity),
  );
  fc.assert(
    fc.property(fc.array(logit, { minLength: 1, maxLength: 12 }), fc.double({ min: 0.05, max: 1, noNaN: true }), fc.double({ min: 0.3, max: 2, noNaN: true }), fc.nat(), (values, share, temperature, seed) => {
      const logits = Float32Array.from(values);
      fc.pre(values.some((value) => value > -Infinity));
      const expected = nucleusByDefinition(logits, temperature, share);
      const found = shares(topP({ temperature, topP: share, seed }), logits, 1000);
      for (const [token, probability] of expected.entries()) {
        if (probability === 0) expect(found[token]).toBe(0);
        else expect(Math.abs((found[token] as number) - probability)).toBeLessThan(0.1);
      }
    }),
    { seed: 11, numRuns: 200 },
  );
});

test("one seed gives one series of tokens, and without one they differ", () => {
  const logits = new Float32Array(1000);
  const series = (sampler: Sampler): number[] => Array.from({ length: 8 }, () => sampler(logits));
  expect(series(topP({ seed: 9, topP: 0.8 }))).toEqual(series(topP({ seed: 9, topP: 0.8 })));
  expect(series(topP())).not.toEqual(series(topP()));
});

test("a vocabulary of 150 000 equal entries costs no sort", () => {
  const logits = new Float32Array(150_000);
  const sampler = topP({ topP: 0.5, seed: 2 });
  const picked = Array.from({ length: 10 }, () => sampler(logits));
  expect(picked.every((token) => token < 75_000)).toBe(true);
});

test("an option out of its range is refused", () => {
  const wrong = [{ temperature: -1 }, { temperature: Number.NaN }, { topP: 0 }, { topP: 1.1 }, { seed: -1 }, { seed: 0.5 }];
  expect(wrong.map((options) => codeOf(() => topP(options)))).toEqual(wrong.map(() => "invalid_argument"));
});

/** Pearson's statistic of found shares against expected ones. */
function chiSquare(found: readonly number[], expected: readonly number[], draws: number): number {
  return found.reduce((sum, share, index) => sum + (draws * (share - (expected[index] as number)) ** 2) / (expected[index] as number), 0);
}
