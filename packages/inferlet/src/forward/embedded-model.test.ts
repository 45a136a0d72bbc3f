import { readFileSync } from "node:fs";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../backend.js";
import { Context } from "../context/context.js";
import { generate } from "../generate.js";
import { openReference } from "../reference/open-reference.js";
import { logitBias } from "../sampling/logit-processor.js";
import { Sampler } from "../sampling/sampler.js";
import { draftModel } from "../speculation/draft-model.js";
import { jacobi } from "../speculation/jacobi.js";
import { promptLookup } from "../speculation/prompt-lookup.js";
import type { SpeculationReport, Speculator } from "../speculation/speculator.js";
import { ForwardPass } from "./forward-pass.js";
import { Probe } from "./probe.js";

let backend: Backend;
beforeAll(async () => void (backend = await openReference({ model: readFileSync(tinyModelPath), contextSize: 256 })));
afterAll(() => backend.close());

test("attention written as runs is that of the mask: causal changes nothing, a window changes what is beyond it", async () => {
  const tokens = backend.tokenize("The fox is in the house.");
  const { length } = tokens;
  const logitsWith = async (attention?: readonly (readonly number[])[]): Promise<readonly Float32Array[]> => {
    const sequence = backend.openSequence();
    const { rows } = await new ForwardPass({ backend, sequence }, { tokens, attention }).execute({ rows: { of: Probe.logits(), at: Array.from(tokens.keys()) } });
    sequence.release();
    return rows;
  };
  const plain = await logitsWith();
  const causal = await logitsWith(Array.from({ length }, (_, row) => [0, row + 1, length - row - 1]));
  const window = await logitsWith(Array.from({ length }, (_, row) => (row < 3 ? [0, row + 1, length - row - 1] : [row - 2, 3, length - row - 1])));
  expect([causal, window.slice(0, 3)]).toEqual([plain, plain.slice(0, 3)]);
  expect(window.slice(3)).not.toEqual(plain.slice(3));
});

test("positions move what is attended to: a gap is seen, a shift of all is not", async () => {
  const tokens = backend.tokenize("The fox");
  const entropyAt = async (positions?: readonly number[]): Promise<number> => {
    const sequence = backend.openSequence();
    const { entropy } = await new ForwardPass({ backend, sequence }, { tokens, positions }).execute({ entropy: Probe.entropy() });
    sequence.release();
    return entropy;
  };
  const indices = Array.from(tokens.keys());
  const [plain, shifted, gap] = await Promise.all([entropyAt(), entropyAt(indices.map((index) => index + 7)), entropyAt(indices.map((index) => index * 9))]);
  expect(shifted).toBeCloseTo(plain, 4);
  expect(gap).not.toBeCloseTo(plain, 4);
});

test("every speculator leaves the tokens of the embedded model as they are, and some of its drafts come", async () => {
  const prompt = backend.tokenize("one two three four one two three four one two");
  const processors = [logitBias(new Map(Array.from({ length: backend.vocabularySize }, (_, token) => token).filter((token) => backend.isEndOfGeneration(token)).map((token) => [token, -Infinity])))];
  const say = async (speculator?: Speculator): Promise<{ tokens: readonly number[]; accepted: number; passes: number }> => {
    const sequence = backend.openSequence();
    const tokens: number[] = [];
    const reports: SpeculationReport[] = [];
    for await (const token of generate(backend, sequence, prompt, { sampler: Sampler.topK(0.8, 8), processors, seed: 3, maxTokens: 40, speculator, onSpeculation: (report) => void reports.push(report) })) tokens.push(token);
    sequence.release();
    return { tokens, accepted: reports.reduce((sum, { accepted }) => sum + accepted, 0), passes: reports.length };
  };
  const { tokens } = await say();
  using smaller = draftModel(backend);
  for (const speculator of [promptLookup(), jacobi(), smaller]) {
    const drafted = await say(speculator);
    expect([drafted.tokens, drafted.accepted + drafted.passes]).toEqual([tokens, 40]);
  }
  expect((await say(smaller)).accepted).toBeGreaterThan(4);
});

test("a context generates with drafts what it generates without, and goes on from passes by hand", async () => {
  const text = "The fox is in the house. The fox is in";
  const texts = await Promise.all([undefined, promptLookup({ ngram: 1 })].map((speculator) => {
    const context = new Context(backend, { fill: text });
    return context.generateText(Sampler.greedy(), { maxTokens: 24, speculator }).finally(() => context.release());
  }));
  using context = new Context(backend, { fill: text });
  const tokens: number[] = [];
  for (let next: readonly number[] = []; tokens.length < 24; ) {
    const { token } = await new ForwardPass(context, { tokens: next }).execute({ token: Sampler.greedy() });
    if (backend.isEndOfGeneration(token)) break;
    tokens.push(token);
    next = [token];
  }
  expect([texts[1], context.model.tokenizer.decode(tokens)]).toEqual([texts[0], texts[0]]);
  expect(context.tokens.length).toBe(context.sequence.length);
  context.truncate(backend.tokenize(text).length);
  expect(await context.generateText(Sampler.greedy(), { maxTokens: 24 })).toBe(texts[0]);
});
