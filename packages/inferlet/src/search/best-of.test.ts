import { expect, test } from "vitest";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { bestOf } from "./best-of.js";

/** Says letters of the alphabet, the first ones likelier, and ends now and then. */
const backendOf = (options: { readonly maximumSequences?: number } = {}): ScriptedBackend =>
  new ScriptedBackend({ reply: "", ...options, logits: () => Float32Array.from({ length: 260 }, (_, token) => (token === 257 ? 0.5 : token >= 97 && token < 105 ? (105 - token) / 4 : -Infinity)) });

const sampler = Sampler.multinomial();
const letters = (tokens: readonly number[]): string => String.fromCharCode(...tokens);

test("the continuations come by their mean log-probability, the best first, and are repeated by the seed", async () => {
  const run = (seed: number) => bestOf(backendOf(), [120, 121], { n: 6, sampler, seed, maxTokens: 12 });
  const [found, again, other] = await Promise.all([run(1), run(1), run(2)]);
  const scores = found.map(({ logprobs }) => logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length);
  expect(found.map(({ score }) => score)).toEqual(scores);
  expect([scores, again]).toEqual([[...scores].sort((left, right) => right - left), found]);
  expect(new Set(found.map(({ tokens }) => letters(tokens))).size).toBeGreaterThan(1);
  expect(other).not.toEqual(found);
  for (const { tokens, logprobs, end } of found) expect(logprobs.length).toBe(tokens.length + (end.type === "end-token" ? 1 : 0));
});

test("the score may be one's own, and may wait", async () => {
  const found = await bestOf(backendOf(), [120], { n: 8, sampler, seed: 3, maxTokens: 9, score: ({ tokens }) => Promise.resolve(tokens.length) });
  const lengths = found.map(({ tokens }) => tokens.length);
  expect([found.map(({ score }) => score), lengths]).toEqual([lengths, [...lengths].sort((left, right) => right - left)]);
});

test("a greedy one is always the same, and the prompt is decoded once", async () => {
  const backend = backendOf({ maximumSequences: 3 });
  const found = await bestOf(backend, [120, 121, 122], { n: 3, sampler: Sampler.greedy(), maxTokens: 2 });
  expect([found.map(({ tokens }) => letters(tokens)), backend.statistics]).toEqual([["aa", "aa", "aa"], { decodes: 1 + 3 * 2, tokens: 2 + 3 * 2, sequences: 0, pending: 0 }]);
});

test("samplers and processors see the whole prompt", async () => {
  const seen = new Set<string>();
  await bestOf(backendOf(), [120, 121], { n: 2, maxTokens: 1, history: [119], sampler: (_logits, { tokens }) => (seen.add(letters(tokens)), 97) });
  expect([...seen]).toEqual(["wxy"]);
});

test("an abort, or a score that fails, ends all and gives the sequences back", async () => {
  const backend = backendOf();
  const abort = new AbortController();
  backend.hang();
  const search = bestOf(backend, [120, 121], { n: 4, sampler, signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(search).rejects.toThrow("enough");
  backend.resume();
  await expect(bestOf(backend, [120], { n: 4, sampler, maxTokens: 2, score: () => Promise.reject(new Error("no judge")) })).rejects.toThrow("no judge");
  await Promise.resolve();
  expect([backend.statistics.sequences, backend.statistics.pending]).toEqual([0, 0]);
});

test("an option out of its range is refused", async () => {
  const wrong = [bestOf(backendOf(), [120], { n: 0, sampler }), bestOf(backendOf(), [], { n: 1, sampler }), bestOf(backendOf(), [120], { n: 1, sampler: Sampler.embedding() }), bestOf(backendOf(), [120], { n: 1, sampler, seed: -1 })];
  expect(await Promise.allSettled(wrong)).toMatchObject(wrong.map(() => ({ reason: { code: "invalid_argument" } })));
});
