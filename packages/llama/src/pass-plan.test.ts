import fc from "fast-check";
import { expect, test } from "vitest";
import { type AdapterSet, noAdapters } from "./adapter-set.js";
import { type Plannable, planPass, remaining } from "./pass-plan.js";
import { collectorOf, type RowCollector } from "./row-collector.js";

const sets: readonly AdapterSet[] = [noAdapters, { ...noAdapters, key: "one" }, { ...noAdapters, key: "two" }];
const nothing = { logits: () => new Float32Array(0), embeddings: () => new Float32Array(0) };

interface Planned extends Plannable {
  processed: number;
  readonly output: RowCollector | undefined;
  waited: number;
}

const request: fc.Arbitrary<() => Planned> = fc
  .record({ length: fc.integer({ min: 1, max: 200 }), set: fc.nat(2), want: fc.constantFrom(undefined, "logits" as const, "embeddings" as const, "both" as const), step: fc.integer({ min: 1, max: 60 }) })
  .map(({ length, set, want, step }) => () => {
    const rows = Array.from({ length: Math.floor(length / step) }, (_, index) => index * step);
    const output = want === undefined ? undefined : collectorOf(length, { want, rows }, { vocabularySize: 1, embeddingSize: 1 });
    return { tokens: new Int32Array(length), adapters: sets[set] ?? noAdapters, output, processed: 0, waited: 0 };
  });

test("whatever is asked for, passes keep their limits, mix no kinds, and nobody waits for longer than the kinds of others take", () => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), fc.integer({ min: 12, max: 40 }), fc.integer({ min: 16, max: 90 }), (makers, rows, tokens) => {
      const waiting = new Set(makers.map((make) => make()));
      while (waiting.size > 0) {
        const pass = planPass(waiting, { rows, tokens });
        let [total, outputs] = [0, 0];
        for (const { request, count } of pass.slices) {
          const end = request.processed + count;
          const isState = request.output?.wantsEmbeddings === true && request.output.next() < end;
          expect([count > 0, end <= request.tokens.length, request.adapters.key, isState && !pass.embeddings]).toEqual([true, true, pass.adapters.key, false]);
          total += count;
          if (pass.embeddings) outputs += count;
          else outputs += request.output === undefined ? Number(end === request.tokens.length) : request.output.countBefore(end);
        }
        expect([total > 0, total <= tokens, outputs <= rows]).toEqual([true, true, true]);

        const served = new Set(pass.slices.map(({ request }) => request));
        for (const request of waiting) request.waited = served.has(request) ? 0 : request.waited + 1;
        // Six kinds: three sets of adapters, with hidden states or without.
        expect(Math.max(...[...waiting].map(({ waited }) => waited))).toBeLessThanOrEqual(11);
        for (const { request, count } of pass.slices) {
          request.processed += count;
          request.output?.collect(nothing as never, request.processed, 0);
          waiting.delete(request);
          if (remaining(request) > 0) waiting.add(request);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("while a single token waits, of whatever kind, a prompt goes on in small steps", () => {
  const make = (length: number, adapters: AdapterSet): Planned => ({ tokens: new Int32Array(length), adapters, output: undefined, processed: 0, waited: 0 });
  const [prompt, single] = [make(1000, noAdapters), make(1, sets[1] ?? noAdapters)];
  const counts = (requests: readonly Planned[]) => planPass(requests, { rows: 32, tokens: 512 }).slices.map(({ count }) => count);
  expect([counts([prompt]), counts([prompt, single]), counts([single, prompt])]).toEqual([[512], [64], [1]]);
});
