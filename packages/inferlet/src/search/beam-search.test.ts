import { expect, test } from "vitest";
import { topLogprobs } from "../sampling/measures.js";
import { randomSource } from "../sampling/random.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { type Beam, beamSearch } from "./beam-search.js";

const endToken = 257;
const choices = [97, 98, 99, endToken];

/** Logits of four tokens that depend on all tokens before; all others are out of the question. */
function toyLogits(seed: number): (tokens: readonly number[]) => Float32Array {
  return (tokens) => {
    const random = randomSource(tokens.reduce((hash, token) => (hash * 31 + token) % 1_000_003, seed));
    const logits = new Float32Array(260).fill(-Infinity);
    for (const token of choices) logits[token] = random() * 4;
    return logits;
  };
}

const toy = (seed: number, options: { readonly contextSize?: number; readonly maximumSequences?: number } = {}): ScriptedBackend => new ScriptedBackend({ reply: "", logits: toyLogits(seed), ...options });

/** Every continuation there is, the best first. */
function exhaustive(seed: number, prompt: readonly number[], maxTokens: number, lengthPenalty = 0): Omit<Beam, "end">[] {
  const logits = toyLogits(seed);
  const all: Omit<Beam, "end">[] = [];
  const visit = (tokens: readonly number[], logprob: number): void => {
    for (const next of topLogprobs(logits([...prompt, ...tokens]), 4)) {
      const total = logprob + next.logprob;
      const score = total / (tokens.length + 1) ** lengthPenalty;
      if (next.token === endToken) all.push({ tokens, logprob: total, score });
      else if (tokens.length + 1 === maxTokens) all.push({ tokens: [...tokens, next.token], logprob: total, score });
      else visit([...tokens, next.token], total);
    }
  };
  visit([], 0);
  return all.sort((left, right) => right.score - left.score);
}

const withoutEnd = ({ tokens, logprob, score }: Beam): Omit<Beam, "end"> => ({ tokens, logprob, score });

test.each([1, 2, 3])("with a width of all continuations it finds what an exhaustive search finds, model %i", async (seed) => {
  const prompt = [120, 121];
  for (const lengthPenalty of [0, 1]) {
    const backend = toy(seed, { maximumSequences: 200 });
    const beams = await beamSearch(backend, prompt, { width: 160, maxTokens: 4, lengthPenalty });
    expect(beams.map(withoutEnd)).toEqual(exhaustive(seed, prompt, 4, lengthPenalty));
    expect(backend.statistics.sequences).toBe(0);
  }
});

test("a narrow search finds no more than there is, and the likelier the wider it is", async () => {
  const best = async (width: number): Promise<number> => (await beamSearch(toy(8), [120], { width, maxTokens: 6 }))[0]?.logprob ?? Number.NaN;
  const found = [await best(1), await best(4), await best(32)] as const;
  expect([found[0] <= found[1], found[1] <= found[2], found[2]]).toEqual([true, true, exhaustive(8, [120], 6)[0]?.logprob]);
});

test("a width of 1 is greedy", async () => {
  const [beam] = await beamSearch(toy(4), [120], { width: 1, maxTokens: 5 });
  const tokens: number[] = [];
  let end: Beam["end"] = { type: "max-tokens" };
  while (tokens.length < 5) {
    const token = topLogprobs(toyLogits(4)([120, ...tokens]), 1)[0]?.token ?? -1;
    if (token === endToken) {
      end = { type: "end-token", token };
      break;
    }
    tokens.push(token);
  }
  expect([beam?.tokens, beam?.end]).toEqual([tokens, end]);
});

test("the prompt is decoded once, and no more than width sequences are open", async () => {
  const never = new ScriptedBackend({ reply: "", maximumSequences: 3, logits: () => Float32Array.from({ length: 260 }, (_, token) => (token < 4 ? token : -Infinity)) });
  const beams = await beamSearch(never, [120, 120, 120], { width: 3, maxTokens: 4 });
  expect([beams.map(({ tokens }) => tokens.length), never.statistics]).toEqual([[4, 4, 4], { decodes: 1 + 3 * 3, tokens: 3 + 3 * 3, sequences: 0, pending: 0 }]);
});

test("at a full context it ends with what there is", async () => {
  const never = new ScriptedBackend({ reply: "", contextSize: 4, logits: () => Float32Array.from({ length: 260 }, (_, token) => (token < 4 ? token : -Infinity)) });
  expect((await beamSearch(never, [120, 120], { width: 2 })).map(({ tokens, end }) => [tokens.length, end])).toEqual([[3, { type: "context" }], [3, { type: "context" }]]);
});

test("an abort while passes hang rejects with the reason and gives the sequences back", async () => {
  const backend = toy(1);
  const abort = new AbortController();
  backend.hang();
  const search = beamSearch(backend, [120], { width: 3, signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(search).rejects.toThrow("enough");
  expect([backend.statistics.sequences, backend.statistics.pending]).toEqual([0, 0]);
});

test("an error of one pass, and too few sequences, end the search and give the others back", async () => {
  const failing = toy(1);
  failing.failNext(new Error("no cells"));
  await expect(beamSearch(failing, [120], { width: 3 })).rejects.toThrow("no cells");
  const few = toy(1, { maximumSequences: 1 });
  await expect(beamSearch(few, [120], { width: 3, maxTokens: 3 })).rejects.toMatchObject({ code: "resource_exhausted" });
  expect([failing.statistics.sequences, few.statistics.sequences]).toEqual([0, 0]);
});

test("an option out of its range is refused", async () => {
  const wrong = [beamSearch(toy(1), [120], { width: 0 }), beamSearch(toy(1), [120], { width: 1.5 }), beamSearch(toy(1), [120], { width: 1, maxTokens: 0 }), beamSearch(toy(1), [], { width: 1 })];
  expect(await Promise.allSettled(wrong)).toMatchObject(wrong.map(() => ({ reason: { code: "invalid_argument" } })));
});
