import { macrotask } from "@iftk/core/authoring";
import type { Sequence } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";


/**
 * How far logits are apart, as a root mean square. Sums in another order, which rounding to eight bits
 * enlarges, make 0.02 of it and 0.2 at most; tokens of another sequence mostly more than 1.
 */
function distance(one: Float32Array, other: Float32Array): number {
  return Math.sqrt(one.reduce((sum, value, index) => sum + (value - (other[index] ?? NaN)) ** 2, 0) / one.length);
}

type Step = { readonly act: "open" | "fork" | "trim" | "release" | "forward" | "abort" | "wait"; readonly which: number; readonly size: number };

test("whatever is done to sequences in whatever order, each goes on as if it were alone", { timeout: 120_000 }, async () => {
  const step: fc.Arbitrary<Step> = fc.record({
    act: fc.constantFrom("open", "fork", "trim", "release", "forward", "forward", "forward", "abort", "wait", "wait"),
    which: fc.nat(7),
    size: fc.integer({ min: 1, max: 40 }),
  });
  let next = 300;
  interface Entry {
    readonly sequence: Sequence;
    tokens: number[];
    controller: AbortController | undefined;
    pass: Promise<void> | undefined;
  }

  const advance = (entry: Entry, size: number) => {
    const tokens = Array.from({ length: size }, () => 300 + ((next += 7) % 3000));
    const controller = new AbortController();
    entry.controller = controller;
    entry.pass = entry.sequence.forward(tokens, { signal: controller.signal }).then(
      () => {
        entry.tokens = [...entry.tokens, ...tokens];
        entry.pass = undefined;
      },
      (error: unknown) => {
        entry.pass = undefined;
        expect([controller.signal.reason, expect.objectContaining({ code: "canceled" })]).toContainEqual(error);
      },
    );
  };

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), async (steps) => {
      await using many = await openLlama({ modelPath: tinyModelPath, maximumSequences: 8, batchSize: 16 });
      const entries = [1, 2, 3].map((): Entry => ({ sequence: many.openSequence(), tokens: [], controller: undefined, pass: undefined }));
      for (const { act, which, size } of steps) {
        const entry = entries[which % Math.max(1, entries.length)];
        if (act === "wait") await (size > 20 ? entry?.pass : macrotask());
        else if (act === "open" && entries.length < 7) entries.push({ sequence: many.openSequence(), tokens: [], controller: undefined, pass: undefined });
        else if (entry === undefined) continue;
        else if (act === "release") entries.splice(entries.indexOf(entry), 1)[0]?.sequence.release();
        else if (act === "abort") entry.controller?.abort(new Error("given up"));
        else if (entry.pass !== undefined) continue;
        else if (act === "forward") advance(entry, size);
        else if (act === "fork" && entries.length < 7) entries.push({ ...entry, sequence: entry.sequence.fork() });
        else if (act === "trim") {
          entry.tokens = entry.tokens.slice(0, size);
          entry.sequence.trim(entry.tokens.length);
        }
      }
      await Promise.all(entries.map(async ({ pass }) => pass));
      for (const { sequence, tokens } of entries) {
        expect(sequence.length).toBe(tokens.length);
        const logits = (await sequence.forward([17])).slice();
        sequence.release();
        const alone = many.openSequence();
        expect(distance(logits, await alone.forward([...tokens, 17]))).toBeLessThan(0.4);
        alone.release();
      }
      expect(many.statistics).toMatchObject({ sequences: 0, pending: 0 });
    }),
    { numRuns: 60 },
  );
});
