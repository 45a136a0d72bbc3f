import { StageError } from "@iftk/core";
import { turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequence } from "../backend.js";
import { generate, type GenerateOptions, type GenerationEnd } from "../generate.js";
import { generateEvents } from "../generate-events.js";
import { Grammar } from "../grammar/grammar.js";
import { Matcher } from "../grammar/matcher.js";
import { TokenTable } from "../grammar/token-table.js";
import { frequencyPenalty, repetitionPenalty } from "../sampling/penalties.js";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { draftModel } from "./draft-model.js";
import { scriptedModel, writtenDrafts } from "./fixtures/scripted-model.js";
import { jacobi } from "./jacobi.js";
import { promptLookup } from "./prompt-lookup.js";
import type { SpeculationReport, Speculator } from "./speculator.js";

interface Generated {
  readonly tokens: readonly number[];
  readonly end: GenerationEnd | undefined;
  readonly error: unknown;
  readonly length: number;
  readonly random: number | undefined;
  readonly picked: readonly number[];
}

/** Generates up to so many reads, and says all that a speculator must not change. */
async function run(backend: ScriptedBackend, prompt: readonly number[], options: GenerateOptions, reads = Infinity): Promise<Generated> {
  const sequence = backend.openSequence();
  const picked: number[] = [];
  let random: number | undefined;
  const processors = [...(options.processors ?? []), (_logits: Float32Array, step: { readonly random: () => number }) => void (random = step.random())];
  const generation = generate(backend, sequence, prompt, { ...options, processors, onPick: (logits, token) => void picked.push(token, logits[0] as number, logits[259] as number) });
  const tokens: number[] = [];
  let end: GenerationEnd | undefined;
  let error: unknown;
  try {
    while (tokens.length < reads) {
      const { done, value } = await generation.next();
      if (done) {
        end = value;
        break;
      }
      tokens.push(value);
      await agree(sequence, [...prompt, ...tokens]);
    }
    await generation.return({ type: "max-tokens" });
  } catch (thrown) {
    error = thrown;
  }
  const { length } = sequence;
  sequence.release();
  return { tokens, end, error, length, random, picked };
}

/** As far as the sequence and what was yielded both go, they are the same. */
async function agree(sequence: Sequence, tokens: readonly number[]): Promise<void> {
  const held = (JSON.parse(new TextDecoder().decode((await sequence.save()).subarray(4))) as { tokens: readonly number[] }).tokens;
  const both = Math.min(held.length, tokens.length);
  expect(held.slice(0, both)).toEqual(tokens.slice(0, both));
}

const grammars = ['root ::= "ab" [cd]+ "abcab" [a-h]* "f"?', "root ::= [a-h]+", 'root ::= ("abcdef" | "abd" [a-h])*'].map((text) => Grammar.fromEbnf(text));

/** A generation of any kind. */
const cases = fc.record({
  seed: fc.nat(1e6),
  prompt: fc.array(fc.integer({ min: 97, max: 104 }), { minLength: 1, maxLength: 8 }),
  history: fc.array(fc.integer({ min: 97, max: 104 }), { maxLength: 4 }),
  sampler: fc.constantFrom(Sampler.greedy(), Sampler.topP(), Sampler.topK(1.5, 4), Sampler.minP(), Sampler.multinomial(1, 5), Sampler.topKTopP(), Sampler.dist()),
  grammar: fc.option(fc.nat(grammars.length - 1), { nil: undefined }),
  jumpForward: fc.boolean(),
  penalties: fc.boolean(),
  maxTokens: fc.oneof(fc.nat(24), fc.constant(undefined)),
  contextSize: fc.integer({ min: 4, max: 40 }),
  reads: fc.oneof(fc.nat(20), fc.constant(Infinity)),
  quality: fc.constantFrom(0, 0.5, 0.9, 1),
  kind: fc.constantFrom("written", "lookup", "draft-model", "jacobi"),
});

test("whatever is drafted, a generation gives the same tokens from the same random numbers, and leaves the same sequence", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, prompt, history, sampler, grammar, jumpForward, penalties, maxTokens, contextSize, reads, quality, kind }) => {
      const backend = scriptedModel(seed, { contextSize });
      const options = {
        sampler, history, jumpForward, maxTokens,
        seed: seed + 1,
        processors: penalties ? [repetitionPenalty(1.3), frequencyPenalty(0.4)] : [],
        constrain: grammar === undefined ? [] : [new Matcher(grammars[grammar] as Grammar, TokenTable.of(backend))],
      };
      const plain = await run(backend, prompt, options, reads);
      const all = (await run(backend, prompt, options)).tokens;
      using smaller = draftModel(scriptedModel(quality === 1 ? seed : seed + 1, { contextSize: contextSize - 2 }));
      const speculators: Record<typeof kind, Speculator> = { written: writtenDrafts([...history, ...prompt, ...all], quality, seed), lookup: promptLookup({ ngram: 2 }), "draft-model": smaller, jacobi: jacobi({ window: 5 }) };
      expect(await run(backend, prompt, { ...options, speculator: speculators[kind] }, reads)).toEqual(plain);
      expect(backend.statistics).toMatchObject({ sequences: 0, pending: 0 });
    }),
    { numRuns: 400 },
  );
});

describe("a draft", () => {
  const backend = (): ScriptedBackend => new ScriptedBackend({ reply: "hello there, hello there!" });
  const reply = [...new TextEncoder().encode("hello there, hello there!")];
  const hi = [104, 105];

  async function passesOf(speculator: Speculator, options: Partial<GenerateOptions> = {}): Promise<{ text: string; reports: readonly SpeculationReport[]; decodes: number }> {
    const scripted = backend();
    const reports: SpeculationReport[] = [];
    let text = "";
    for await (const token of generate(scripted, scripted.openSequence(), hi, { sampler: Sampler.greedy(), ...options, speculator, onSpeculation: (report) => void reports.push(report) })) text += String.fromCharCode(token);
    return { text, reports, decodes: scripted.statistics.decodes };
  }

  test("that is right takes its passes away", async () => {
    const { text, reports, decodes } = await passesOf({ draft: (tokens, most) => reply.slice(tokens.length - 2, tokens.length - 2 + Math.min(most, 6)) });
    expect([text.length, decodes, reports]).toEqual([25, 4, [...Array.from({ length: 3 }, () => ({ drafted: 6, accepted: 6 })), { drafted: 4, accepted: 4 }]]);
  });

  test("is told what came of it before the next, and what there is room for", async () => {
    const heard: unknown[] = [];
    const { reports } = await passesOf({ draft: (tokens, most) => (heard.push(["draft", tokens.length, most]), [104, 101, 120]), accept: (count, drafted) => void heard.push(["accept", count, drafted]), reset: () => void heard.push("reset") }, { maxTokens: 5 });
    expect(heard).toEqual(["reset", ["draft", 2, 4], ["accept", 2, 3], ["draft", 5, 1], ["accept", 0, 1]]);
    expect(reports).toEqual([{ drafted: 3, accepted: 2 }, { drafted: 1, accepted: 0 }, { drafted: 0, accepted: 0 }]);
  });

  test("is of 64 tokens at most, however many it gives", async () => {
    expect((await passesOf({ draft: (_tokens, most) => Array.from({ length: most + 9 }, () => 104) })).reports[0]).toEqual({ drafted: 64, accepted: 1 });
  });

  test("ends where it is of no use: at what is no token, and at an end token", async () => {
    for (const bad of [-1, 0.5, 260, NaN, 257]) expect((await passesOf({ draft: () => [104, bad, 101] }, { maxTokens: 3 })).reports[0]).toEqual({ drafted: 1, accepted: 1 });
  });

  test("that does not fit among the cells is done without", async () => {
    const scripted = backend();
    const generation = generate(scripted, scripted.openSequence(), hi, { sampler: Sampler.greedy(), speculator: { draft: () => [104] } });
    scripted.failNext(new StageError("resource_exhausted", "no cells"));
    expect([(await generation.next()).value, (await generation.next()).value]).toEqual([104, 101]);
  });

  test("that never comes is given up at once when the generation is cancelled, and one that fails fails it", async () => {
    const abort = new AbortController();
    const scripted = backend();
    const pending = generate(scripted, scripted.openSequence(), hi, { sampler: Sampler.greedy(), signal: abort.signal, speculator: { draft: () => new Promise<number[]>(() => {}) } }).next();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(pending).rejects.toBe(reason);
    const error = new Error("no draft");
    await expect(passesOf({ draft: () => Promise.reject(error) })).rejects.toBe(error);
  });
});

test("a generation with drafts is cancelled between any two tokens, and while a pass hangs", async () => {
  const backend = new ScriptedBackend({ reply: "abcdefgh" });
  const speculator: Speculator = { draft: (tokens) => [0, 1, 2, 3].map((offset) => 97 + tokens.length - 1 + offset) };
  for (let reads = 1; reads < 8; reads++) {
    const abort = new AbortController();
    const sequence = backend.openSequence();
    const generation = generate(backend, sequence, [120], { sampler: Sampler.greedy(), signal: abort.signal, speculator });
    for (let read = 0; read < reads; read++) await generation.next();
    abort.abort();
    await expect(generation.next()).rejects.toMatchObject({ name: "AbortError" });
    expect(sequence.length).toBe(reads);
  }
  const abort = new AbortController();
  const sequence = backend.openSequence();
  const generation = generate(backend, sequence, [120], { sampler: Sampler.greedy(), signal: abort.signal, speculator });
  for (let read = 0; read < 5; read++) await generation.next();
  backend.hang();
  const pending = generation.next();
  abort.abort();
  await expect(pending).rejects.toMatchObject({ name: "AbortError" });
  expect(sequence.length).toBe(5);
  backend.resume();
});

test("a sequence that is released under a generation fails it with the release", async () => {
  const backend = new ScriptedBackend({ reply: "abcdefgh" });
  const sequence = backend.openSequence();
  const generation = generate(backend, sequence, [120], { sampler: Sampler.greedy(), speculator: { draft: () => [122, 122] } });
  backend.hang();
  const pending = generation.next();
  await turns(5);
  sequence.release();
  await expect(pending).rejects.toMatchObject({ code: "canceled" });
});

test("events with drafts are those without, up to a stop text too, with the same log-probabilities", async () => {
  const events = async (seed: number, stop: readonly string[], speculator?: Speculator): Promise<unknown> => {
    const backend = scriptedModel(seed);
    const sequence = backend.openSequence();
    const found: unknown[] = [];
    for await (const event of generateEvents(backend, sequence, [97], { sampler: Sampler.topK(), seed, stop, logprobs: 2, maxTokens: 30, speculator })) found.push(event);
    return [found, sequence.length];
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(1e6), fc.array(fc.constantFrom("ab", "h", "cde", "gg"), { maxLength: 2 }), async (seed, stop) => {
      const plain = await events(seed, stop);
      expect(await events(seed, stop, draftModel(scriptedModel(seed)))).toEqual(plain);
      expect(await events(seed, stop, promptLookup({ ngram: 1 }))).toEqual(plain);
    }),
    { numRuns: 50 },
  );
});
