import { beamSearch, Context, ForwardPass, Model, Probe, topLogprobs, type TokenLogprob } from "@iftk/inferlet";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, expect, test } from "vitest";
import { beamSearchExample } from "./beam-search.js";
import { runOver } from "./run-inferlet.js";

const backend = await openLlama({ modelPath: tinyModelPath });
afterAll(() => backend.close());

test("the best of several beams is likelier than what greedy generation finds", async () => {
  const { greedy, beams } = await runOver<{ greedy: number; beams: number[] }>(beamSearchExample, { backend });
  expect([beams.length, beams.toSorted((one, other) => other - one)]).toEqual([6, beams]);
  expect(beams[0]).toBeGreaterThanOrEqual(greedy);
});

test("with as many beams as there are continuations the search is exhaustive", async () => {
  using context = new Context(Model.of(backend)).user(beamSearchExample.input.value).cue();
  const width = backend.vocabularySize;
  const found = await beamSearch(backend, context.tokens, { width, maxTokens: 1 });
  const all = await continuations(context, []);
  expect(found.map(({ logprob }) => logprob)).toEqual(all.map(({ logprob }) => logprob));
});

test("two tokens on, it finds what trying all pairs of tokens finds", async () => {
  using context = new Context(Model.of(backend)).user(beamSearchExample.input.value).cue();
  const [found] = await beamSearch(backend, context.tokens, { width: 32, maxTokens: 2 });
  let best = -Infinity;
  let tried = 0;
  for (const { token, logprob } of await continuations(context, [])) {
    // No second token makes a pair likelier than its first.
    if (logprob <= best) break;
    const [second] = backend.isEndOfGeneration(token) ? [] : await continuations(context, [token]);
    best = Math.max(best, logprob + (second?.logprob ?? 0));
    tried++;
  }
  expect(tried).toBeLessThanOrEqual(32);
  expect(found?.logprob).toBeCloseTo(best, 3);
});

/** Every token that may come after these, the likeliest first. */
async function continuations(context: Context, tokens: readonly number[]): Promise<readonly TokenLogprob[]> {
  using fork = context.fork().fillTokens(tokens);
  const { logits } = await new ForwardPass(fork).execute({ logits: Probe.logits() });
  return topLogprobs(logits, logits.length);
}
