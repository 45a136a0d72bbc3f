import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generate } from "../generate.js";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { draftModel } from "./draft-model.js";
import { scriptedModel } from "./fixtures/scripted-model.js";
import { jacobi, jacobiDecode } from "./jacobi.js";
import { promptLookup } from "./prompt-lookup.js";
import type { SpeculationReport, Speculator } from "./speculator.js";

const letters = (text: string): number[] => [...new TextEncoder().encode(text)];
const drafted = async (speculator: Speculator, text: string, most = 99): Promise<string> => String.fromCharCode(...Array.from(await speculator.draft(letters(text), most, {})));

/** Generates greedily and adds up what came of the drafts. */
async function run(backend: ScriptedBackend, prompt: string, speculator: Speculator, maxTokens = 40): Promise<{ tokens: number; drafted: number; accepted: number; passes: number }> {
  const total = { tokens: 0, drafted: 0, accepted: 0, passes: 0 };
  const onSpeculation = (report: SpeculationReport): void => {
    total.passes++;
    total.drafted += report.drafted;
    total.accepted += report.accepted;
  };
  for await (const _token of generate(backend, backend.openSequence(), letters(prompt), { sampler: Sampler.greedy(), speculator, onSpeculation, maxTokens })) total.tokens++;
  return total;
}

describe("prompt lookup", () => {
  test("drafts what followed the longest n-gram, and of equals the latest", async () => {
    const found = ["abcdXbcdYabc", "abX abY ab", "aXbYa", "abc", "a", "aaaa", "abcXbcY abc"].map((text) => drafted(promptLookup(), text));
    expect(await Promise.all(found)).toEqual(["dXbcdYabc", "Y ab", "XbYa", "", "", "a", "XbcY abc"]);
    expect([await drafted(promptLookup({ ngram: 2, most: 2 }), "abcdXbcdYbc"), await drafted(promptLookup(), "abcdXabc", 1)]).toEqual(["dY", "d"]);
  });

  test("saves passes where the reply repeats the prompt", async () => {
    const text = "the quick brown fox jumps over it";
    expect(await run(new ScriptedBackend({ reply: text }), `Say: ${text}.`, promptLookup())).toMatchObject({ tokens: text.length, passes: expect.closeTo(6, -1) as number });
  });

  test("refuses options out of their range", () => {
    for (const options of [{ ngram: 0 }, { most: 0.5 }]) expect(() => promptLookup(options)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("a draft model", () => {
  test("that is as good as the model has all its drafts accepted, and reads each token once", async () => {
    const smaller = scriptedModel(7);
    using speculator = draftModel(smaller, { most: 3 });
    const { tokens, drafted, accepted, passes } = await run(scriptedModel(7, { contextSize: 60 }), "hi", speculator);
    expect(accepted).toBe(drafted);
    expect(passes).toBeLessThanOrEqual(Math.ceil(tokens / 4) + 1);
    // The last of each draft is read with the token after it.
    expect(smaller.statistics.tokens).toBeLessThanOrEqual(2 + tokens);
  });

  test("goes on from what is common where it was wrong, and from nothing in another text", async () => {
    const smaller = scriptedModel(8);
    using speculator = draftModel(smaller, { most: 3 });
    const first = await speculator.draft(letters("abc"), 9, {});
    const before = smaller.statistics.tokens;
    await speculator.draft([...letters("abc"), first[0] as number, 120], 9, {});
    expect(smaller.statistics.tokens - before).toBe(1 + 2);
    expect(await speculator.draft(letters("abc"), 9, {})).toEqual(first);
    expect([await speculator.draft(letters("abc"), 1, {}), smaller.statistics.sequences]).toEqual([Array.from(first).slice(0, 1), 1]);
  });

  test("drafts nothing beyond its context and after its end, and goes on after a pass that failed", async () => {
    const smaller = new ScriptedBackend({ reply: "ab", contextSize: 8 });
    using speculator = draftModel(smaller);
    const reason = new Error("enough");
    smaller.failNext(reason);
    await expect(speculator.draft(letters("xy"), 9, {})).rejects.toBe(reason);
    expect([await drafted(speculator, "xy"), await drafted(speculator, "wxyzwxyz"), await drafted(speculator, "wxyzwxyzw")]).toEqual(["ab", "a", ""]);
  });

  test("gives its sequence back", async () => {
    const smaller = scriptedModel(8);
    const speculator = draftModel(smaller);
    await speculator.draft(letters("abc"), 9, {});
    speculator.release();
    speculator.release();
    expect(smaller.statistics.sequences).toBe(0);
    expect(() => draftModel(smaller, { most: 0 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("Jacobi decoding", () => {
  test("gives what greedy generation gives, with no more passes", async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 30 }), async (seed, window, maxTokens) => {
        const backend = scriptedModel(seed);
        const plain: number[] = [];
        for await (const token of generate(backend, backend.openSequence(), letters("hi"), { sampler: Sampler.greedy(), maxTokens })) plain.push(token);
        const { decodes } = backend.statistics;
        const generation = jacobiDecode(backend, backend.openSequence(), letters("hi"), { window, maxTokens });
        const tokens: number[] = [];
        let step = await generation.next();
        for (; step.done !== true; step = await generation.next()) tokens.push(step.value);
        const { passes } = step.value;
        expect([tokens, passes]).toEqual([plain, backend.statistics.decodes - decodes]);
        expect(passes).toBeLessThanOrEqual(decodes);
        saved += decodes - passes;
      }),
    );
    expect(saved).toBeGreaterThan(100);
  });

  test("settles a text that hangs on its places alone in as few passes as it has windows", async () => {
    const text = "abcdefghabcdefghabcdefgh";
    const backend = new ScriptedBackend({ reply: "", logits: (tokens) => Float32Array.from({ length: 260 }, (_, token) => (token === text.charCodeAt(tokens.length - 1) ? 1 : 0)) });
    // One pass guesses a window and gives a token, the next finds the window right and gives a token more: 1 + 8 + 1 + 8 + 1 + 5.
    expect(await run(backend, "x", jacobi({ window: 7 }), 24)).toMatchObject({ tokens: 24, passes: 6 });
    expect(() => jacobi({ window: 0 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
