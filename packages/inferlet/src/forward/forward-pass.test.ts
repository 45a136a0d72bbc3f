import { turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Sequence } from "../backend.js";
import { generate } from "../generate.js";
import { likeliest } from "../sampling/likeliest.js";
import { maskOf } from "../sampling/logit-processor.js";
import { type Distribution, entropy, logprobs } from "../sampling/measures.js";
import { frequencyPenalty, repetitionPenalty } from "../sampling/penalties.js";
import { randomSource } from "../sampling/random.js";
import { Sampler, type SamplingStep } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { scriptedModel } from "../speculation/fixtures/scripted-model.js";
import { type ContextTarget, ForwardPass } from "./forward-pass.js";
import { Probe, type VerifiedDraft } from "./probe.js";
import { encodeRuns } from "./run-lengths.js";

/** The least that a context is. */
function contextOf(backend: ScriptedBackend, tokens: number[]): ContextTarget & { readonly sequence: Sequence } {
  return { model: { backend }, sequence: backend.openSequence(), tokens, fillTokens: (more) => void tokens.push(...Array.from(more)) };
}

const letters = (text: string): number[] => [...new TextEncoder().encode(text)];

test("what is asked for comes under its name, each in its type, out of one pass", async () => {
  const backend = scriptedModel(3);
  const sequence = backend.openSequence();
  const outputs = await new ForwardPass({ backend, sequence }, { tokens: letters("abc") }).execute({
    token: Sampler.greedy(),
    all: Sampler.dist(),
    hidden: Sampler.embedding(),
    own: (logits: Float32Array) => likeliest(logits),
    logits: { of: Probe.logits(), at: [0, 1, 2] },
    few: Probe.distribution({ k: 2 }),
    some: Probe.logprobs([97, 98]),
    sure: { of: Probe.entropy(), at: [-1, 0] },
  });
  expectTypeOf(outputs).toEqualTypeOf<{
    readonly token: number; readonly all: Distribution; readonly hidden: Float32Array; readonly own: number;
    readonly logits: readonly Float32Array[]; readonly few: Distribution; readonly some: readonly number[]; readonly sure: readonly number[];
  }>();
  const one = backend.openSequence();
  const rows: Float32Array[] = [];
  for (const letter of letters("abc")) rows.push((await one.forward([letter])).slice());
  const last = rows[2] as Float32Array;
  expect(outputs).toMatchObject({ token: likeliest(last), own: likeliest(last), hidden: Float32Array.of(99, 3), logits: rows, some: [logprobs(last, 97).logprob, logprobs(last, 98).logprob], sure: [entropy(last), entropy(rows[0] as Float32Array)] });
  expect([outputs.few.tokens[0], outputs.few.tokens.length, outputs.all.tokens.length > 200, sequence.length, backend.statistics.decodes]).toEqual([likeliest(last), 2, true, 3, 4]);
});

test("it can be asked for nothing, and then holds the tokens", async () => {
  const backend = scriptedModel(1);
  const context = contextOf(backend, letters("ab"));
  expect([await new ForwardPass(context).execute(), context.sequence.length, context.tokens.length]).toEqual([{}, 2, 2]);
});

test("tokens that wait in a context go first, it is told of the others, and indices count those that were given", async () => {
  const backend = scriptedModel(1);
  const context = contextOf(backend, letters("abc"));
  await context.sequence.forward(letters("a"));
  const pass = new ForwardPass(context, { tokens: letters("de") });
  expect(pass.tokens).toEqual(letters("bcde"));
  const { hidden } = await pass.execute({ hidden: { of: Sampler.embedding(), at: [0, -1] } });
  expect([hidden, context.tokens, context.sequence.length]).toEqual([[Float32Array.of(100, 4), Float32Array.of(101, 5)], letters("abcde"), 5]);
  await expect(pass.execute({ wrong: { of: Probe.entropy(), at: [2] } })).rejects.toMatchObject({ code: "invalid_argument" });
  await expect(new ForwardPass(context).execute()).rejects.toMatchObject({ code: "invalid_argument" });
});

test("samplers see masks, processors, their place and one run of random numbers; probes see the model's own logits", async () => {
  const backend = scriptedModel(5);
  const target = { backend, sequence: backend.openSequence(), tokens: letters("hh") };
  await target.sequence.forward(target.tokens);
  const seen: unknown[] = [];
  const see = (_logits: Float32Array, { tokens, step, random }: SamplingStep): number => (seen.push([String.fromCharCode(...tokens), step, random()]), 97);
  const runs = encodeRuns(Array.from({ length: 260 }, (_, token) => token === 98 || token === 99));
  const random = randomSource(9);
  const outputs = await new ForwardPass(target, { tokens: letters("ab"), generated: 3, logitMask: runs, random }).execute({ own: { of: see, at: [1, 0] }, masked: Sampler.dist(), free: Probe.distribution() });
  const numbers = randomSource(9);
  expect(seen).toEqual([["hhab", 3, numbers()], ["hha", 2, numbers()]]);
  expect([[...outputs.masked.tokens], outputs.free.tokens.length > 200]).toEqual([[98, 99], true]);
  const bits = maskOf(260, [98, 99]);
  expect(await new ForwardPass(target, { tokens: letters("b"), logitMask: bits, processors: [(logits) => void (logits[98] = Infinity)] }).execute({ token: Sampler.greedy() })).toEqual({ token: 98 });
});

test("what the backend cannot do comes as its refusal, and changes nothing", async () => {
  const backend = scriptedModel(1);
  const context = contextOf(backend, letters("ab"));
  const options = [{ positions: [5, 6] }, { attention: [[1, 1], Uint8Array.of(1, 1)] }, { attention: [[3], [2]] }, { adapters: [{ adapter: { name: "alien", release() {} }, scale: 1 }] }];
  const results = await Promise.allSettled(options.map((option) => new ForwardPass(contextOf(backend, letters("ab")), option).execute({ token: Sampler.greedy() })));
  expect(results.map((result) => (result as { reason: { code: string } }).reason.code)).toEqual(["unimplemented", "unimplemented", "invalid_argument", "invalid_argument"]);
  expect([context.sequence.length, context.tokens.length]).toEqual([0, 2]);
});

test("an adapter is applied to the pass that names it", async () => {
  const backend = new ScriptedBackend({ reply: "zzz" });
  const context = contextOf(backend, letters("ab"));
  const adapter = await backend.loadAdapter({ bytes: Uint8Array.of(0, 0, 200) });
  expect(await new ForwardPass(context, { adapters: [{ adapter, scale: 1 }] }).execute({ token: Sampler.greedy() })).toEqual({ token: 2 });
});

test("a pass that is cancelled, and one that fails, leave a context as it was", async () => {
  const backend = scriptedModel(1);
  const context = contextOf(backend, letters("ab"));
  const abort = new AbortController();
  backend.hang();
  const pending = new ForwardPass(context, { tokens: letters("c") }).execute({ next: { draft: letters("d"), sampler: Sampler.greedy() } }, { signal: abort.signal });
  await turns(3);
  const reason = new Error("enough");
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
  backend.resume();
  const error = new Error("broken");
  backend.failNext(error);
  await expect(new ForwardPass(context, { tokens: letters("c") }).execute()).rejects.toBe(error);
  expect([context.sequence.length, context.tokens]).toEqual([0, letters("ab")]);
});

describe("a draft", () => {
  test("is kept as far as the sampler picks it, and the context knows what is held", async () => {
    const backend = new ScriptedBackend({ reply: "hello" });
    const context = contextOf(backend, letters("hi"));
    const { reply } = await new ForwardPass(context).execute({ reply: { draft: letters("help"), sampler: Sampler.greedy() } });
    expectTypeOf(reply).toEqualTypeOf<VerifiedDraft>();
    expect([reply, context.tokens, context.sequence.length]).toEqual([{ accepted: letters("hel"), next: 108 }, letters("hihel"), 5]);
    const { rest } = await new ForwardPass(context, { tokens: [reply.next] }).execute({ rest: { draft: [111, 257, 97], sampler: Sampler.greedy() } });
    expect([rest, context.tokens, context.sequence.length]).toEqual([{ accepted: [111], next: 257 }, letters("hihello"), 7]);
  });

  test("takes as many passes as it is bad, and never changes what is generated", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.array(fc.constantFrom(0, 1, 2, 5), { minLength: 1 }), fc.constantFrom(Sampler.greedy(), Sampler.topP(), Sampler.topK(1, 3)), async (seed, lengths, sampler) => {
        const backend = scriptedModel(seed, { contextSize: 64 });
        const prompt = letters("hi");
        const processors = (): ReturnType<typeof repetitionPenalty>[] => [repetitionPenalty(1.2), frequencyPenalty(0.3)];
        const plain: number[] = [];
        for await (const token of generate(backend, backend.openSequence(), prompt, { sampler, processors: processors(), seed, maxTokens: 20 })) plain.push(token);

        const context = contextOf(backend, [...prompt]);
        const options = { processors: processors(), random: randomSource(seed) };
        const found: number[] = [];
        let tokens: number[] = [];
        for (let pass = 0; found.length < plain.length; pass++) {
          const length = lengths[pass % lengths.length] as number;
          // The last of the longest drafts is wrong.
          const draft = plain.slice(found.length, found.length + length).map((token, index) => (index === 4 ? 1 : token));
          const { next } = await new ForwardPass(context, { ...options, tokens, generated: found.length }).execute({ next: { draft, sampler } });
          expect(next.accepted.length).toBeGreaterThanOrEqual(Math.min(draft.length, 4));
          found.push(...next.accepted, next.next);
          tokens = [next.next];
          expect(context.sequence.length).toBe(context.tokens.length);
        }
        expect(found.slice(0, plain.length)).toEqual(plain);
      }),
      { numRuns: 100 },
    );
  });

  test("leaves nothing behind when a sampler throws, and there is one at most", async () => {
    const backend = scriptedModel(1);
    const context = contextOf(backend, letters("ab"));
    const error = new Error("no");
    const draft = { draft: letters("cd"), sampler: () => { throw error; } };
    await expect(new ForwardPass(context).execute({ draft })).rejects.toBe(error);
    expect([context.sequence.length, context.tokens]).toEqual([2, letters("ab")]);
    await expect(new ForwardPass(context, { tokens: [97] }).execute({ draft, other: draft })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
