import { expect, test } from "vitest";
import { Sampler, samplerOutput, seedFor } from "./sampler.js";

test("the presets are plain values with the defaults of Pie", () => {
  const presets = Object.fromEntries(Object.entries(Sampler).map(([name, preset]) => [name, preset()]));
  expect(JSON.parse(JSON.stringify(presets))).toEqual({
    greedy: { type: "token", temperature: 0 },
    topP: { type: "token", temperature: 0.6, topP: 0.95 },
    topK: { type: "token", temperature: 0.6, topK: 50 },
    minP: { type: "token", temperature: 0.6, minP: 0.1 },
    multinomial: { type: "token", temperature: 1, seed: 0 },
    topKTopP: { type: "token", temperature: 0.6, topK: 50, topP: 0.95 },
    embedding: { type: "embedding" },
    dist: { type: "distribution", temperature: 1, seed: 0 },
  });
});

test("a sampler says what a forward pass gives for it", () => {
  expect([() => 1, Sampler.greedy(), Sampler.embedding(), Sampler.dist()].map((sampler) => samplerOutput(sampler))).toEqual(["token", "token", "embedding", "distribution"]);
});

test("the seed that a generation names comes before the sampler's own", () => {
  expect([seedFor(Sampler.multinomial(1, 7), 3), seedFor(Sampler.multinomial(1, 7), undefined), seedFor(Sampler.topP(), undefined), seedFor(() => 1, undefined)]).toEqual([3, 7, undefined, undefined]);
});

test("an option out of its range is refused with its name", () => {
  const { topP, topK, minP, multinomial, dist } = Sampler;
  const wrong: [string, () => unknown][] = [
    ["temperature", () => topP(-1)],
    ["temperature", () => topP(Number.NaN)],
    ["temperature", () => dist(Infinity)],
    ["topP", () => topP(1, 0)],
    ["topP", () => topP(1, 1.1)],
    ["topK", () => topK(1, 0)],
    ["topK", () => topK(1, 1.5)],
    ["minP", () => minP(1, -0.1)],
    ["minP", () => minP(1, 1.1)],
    ["seed", () => multinomial(1, -1)],
    ["seed", () => multinomial(1, 0.5)],
    ["seed", () => seedFor(topP(), 2 ** 53)],
  ];
  for (const [name, run] of wrong) expect(run).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(new RegExp(`^${name}: expected`, "u")) as string }));
});
