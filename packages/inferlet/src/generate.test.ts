import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { generate, type GenerateOptions } from "./generate.js";
import { Grammar } from "./grammar/grammar.js";
import { Matcher } from "./grammar/matcher.js";
import { TokenTable } from "./grammar/token-table.js";
import { mask, maskOf } from "./sampling/logit-processor.js";
import { presencePenalty } from "./sampling/penalties.js";
import { Sampler, type SampleFunction } from "./sampling/sampler.js";
import { ScriptedBackend } from "./scripted-backend.js";

interface Generated {
  readonly text: string;
  readonly end: unknown;
}

async function run(backend: ScriptedBackend, prompt: string, options: Partial<GenerateOptions> = {}): Promise<Generated> {
  const sequence = backend.openSequence();
  const tokens = generate(backend, sequence, backend.tokenize(prompt), { sampler: Sampler.greedy(), ...options });
  let text = "";
  for (;;) {
    const { done, value } = await tokens.next();
    if (done) return { text, end: value };
    text += String.fromCharCode(value);
  }
}

const hello = (): ScriptedBackend => new ScriptedBackend({ reply: "hello" });

test("it yields what the model says and returns the token that ended it", async () => {
  const backend = hello();
  expect(await run(backend, "hi")).toEqual({ text: "hello", end: { type: "end-token", token: 257 } });
  expect(backend.statistics).toEqual({ decodes: 6, tokens: 7, sequences: 1, pending: 0 });
});

test("at the most tokens it ends, and the last of them is not decoded", async () => {
  const backend = hello();
  expect(await run(backend, "hi", { maxTokens: 2 })).toEqual({ text: "he", end: { type: "max-tokens" } });
  expect(backend.statistics.tokens).toBe(3);
});

test("it ends at a full context, after the token that needed no more room", async () => {
  const backend = new ScriptedBackend({ reply: "hello", contextSize: 4 });
  expect(await run(backend, "hi")).toEqual({ text: "hel", end: { type: "context" } });
});

test("a prompt beyond the context is refused by the sequence", async () => {
  const backend = new ScriptedBackend({ reply: "hello", contextSize: 4 });
  await expect(run(backend, "hello")).rejects.toMatchObject({ code: "invalid_argument", reason: "context-length" });
});

test("a prompt without tokens is refused", async () => {
  await expect(run(hello(), "")).rejects.toMatchObject({ code: "invalid_argument" });
});

test("a token is decoded when the next one is asked for, not before", async () => {
  const backend = hello();
  const tokens = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: Sampler.greedy() });
  const decodes = [backend.statistics.decodes];
  for (let count = 0; count < 3; count++) {
    await tokens.next();
    await new Promise((resolve) => setTimeout(resolve, 0));
    decodes.push(backend.statistics.decodes);
  }
  expect(decodes).toEqual([0, 1, 2, 3]);
});

test("an abort rejects a pass that hangs, with its reason", async () => {
  const backend = hello();
  const abort = new AbortController();
  const tokens = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: Sampler.greedy(), signal: abort.signal });
  await tokens.next();
  backend.hang();
  const pending = tokens.next();
  const reason = new Error("enough");
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
  expect(backend.statistics.pending).toBe(0);
});

test("an abort between tokens rejects the next read without another pass", async () => {
  const backend = hello();
  const abort = new AbortController();
  const tokens = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: Sampler.greedy(), signal: abort.signal });
  await tokens.next();
  abort.abort();
  await expect(tokens.next()).rejects.toMatchObject({ name: "AbortError" });
  expect(backend.statistics.decodes).toBe(1);
});

test("an error of the model arrives untouched", async () => {
  const backend = hello();
  const error = new StageError("resource_exhausted", "no cells");
  backend.failNext(error);
  await expect(run(backend, "hi")).rejects.toBe(error);
});

/** A model to which the first four letters are all the same, and nothing else comes in question. */
const letters = (...logits: number[]): ScriptedBackend =>
  new ScriptedBackend({ reply: "", logits: () => Float32Array.from({ length: 260 }, (_, token) => logits[token - 97] ?? -Infinity) });
const flat = (): ScriptedBackend => letters(0, 0, 0, 0);

test("a seed repeats a generation, another does not, and a preset's own seed holds where none is named", async () => {
  const say = async (sampler: GenerateOptions["sampler"], seed?: number): Promise<string> => (await run(flat(), "x", { sampler, seed, maxTokens: 24 })).text;
  const { topP, multinomial } = Sampler;
  const texts = await Promise.all([say(topP(), 1), say(topP(), 1), say(topP(), 2), say(multinomial(1, 1)), say(multinomial(1, 1), 2), say(topP()), say(topP())]);
  const [one, again, two, own, named, random, other] = texts;
  expect([one === again, one === own, two === named, one === two, random === other]).toEqual([true, true, true, false, false]);
});

test("a sampler that is a function sees where the generation stands, and its seeded random numbers", async () => {
  const seen: unknown[] = [];
  const sampler: SampleFunction = (_logits, { step, tokens, random }) => {
    seen.push([step, String.fromCharCode(...tokens), random()]);
    return 97 + step;
  };
  expect(await run(flat(), "xy", { sampler, seed: 42, maxTokens: 3, history: [48, 49] })).toEqual({ text: "abc", end: { type: "max-tokens" } });
  expect(seen).toEqual([[0, "01xy", 0.469_022_807_408_693_5], [1, "01xya", expect.closeTo(0.102_377_915, 9)], [2, "01xyab", expect.closeTo(0.458_406_059, 9)]]);
});

test("processors run in their order before the sampler, and several masks leave what all allow", async () => {
  const backend = letters(3, 2.5, 2, 1);
  const masks = [maskOf(260, [97, 98, 99]), maskOf(260, [98, 99, 100])].map((bits) => mask(bits));
  expect((await run(backend, "x", { processors: [...masks, presencePenalty(1)], maxTokens: 4 })).text).toBe("bcbb");
});

test("a mask that leaves nothing is an error that says so", async () => {
  await expect(run(flat(), "x", { processors: [mask(maskOf(260, []))] })).rejects.toMatchObject({ code: "failed_precondition", reason: "no-token" });
});

test("a sampler that picks no token is refused", async () => {
  const wrong = [Sampler.embedding(), { ...Sampler.topP(), temperature: -1 }, () => 260, () => 0.5, () => -1];
  const results = await Promise.allSettled(wrong.map((sampler) => run(flat(), "x", { sampler })));
  expect(results).toMatchObject(wrong.map(() => ({ reason: { code: "invalid_argument" } })));
});

test("a sampler of distributions draws from them", async () => {
  expect(await run(flat(), "x", { sampler: Sampler.dist(1, 3), maxTokens: 9 })).toEqual(await run(flat(), "x", { sampler: Sampler.multinomial(1, 3), maxTokens: 9 }));
});

test("wherever it ends or is left, the sequence holds a beginning of the prompt and what was yielded", async () => {
  const matcher = (backend: ScriptedBackend): Matcher => new Matcher(Grammar.fromEbnf('root ::= "abc" [d-f] "ghi" [d-f]+'), TokenTable.of(backend));
  const backend = new ScriptedBackend({ reply: "abcdghieeeeeeeee", contextSize: 12 });
  const lengths: (readonly number[])[] = [];
  for (const constrain of [[], [matcher(backend)]]) {
    for (let reads = 0; reads <= 12; reads++) {
      const sequence = backend.openSequence();
      const generation = generate(backend, sequence, backend.tokenize("hi"), { sampler: Sampler.greedy(), constrain });
      const tokens = [...backend.tokenize("hi")];
      const held: number[] = [];
      for (let read = 0; read < reads; read++) {
        const { value } = await generation.next();
        held.push(sequence.length);
        if (typeof value === "number") tokens.push(value);
        else expect(value).toEqual({ type: "context" });
      }
      await generation.return({ type: "max-tokens" });
      const state = JSON.parse(new TextDecoder().decode((await sequence.save()).subarray(4))) as { tokens: number[] };
      expect(state.tokens).toEqual(tokens.slice(0, held.at(-1) ?? 0));
      if (reads === 12) lengths.push(held);
      sequence.release();
    }
  }
  // Ten tokens fit beside the prompt, and an eleventh is picked after the last of them; what is forced waits with the token before it.
  expect(lengths).toEqual([[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12], [0, 0, 0, 5, 5, 5, 5, 9, 10, 11, 12, 12]]);
});
