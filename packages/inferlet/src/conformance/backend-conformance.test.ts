import { expect, test } from "vitest";
import type { Backend, Sequence } from "../backend.js";
import { openReference } from "../reference/open-reference.js";
import { tryBackend } from "./backend-conformance.js";
import { sampleAdapter } from "./sample-adapter.js";
import { sampleModel } from "./sample-model.js";

const model = sampleModel();

/** What of it is replaced by something else; `this` is the true one. */
interface Faults {
  readonly backend?: Partial<Record<keyof Backend, unknown>>;
  readonly sequence?: (sequence: Sequence) => Partial<Record<keyof Sequence, unknown>>;
}

/** The true thing with some of its properties replaced. */
function replaced<T extends object>(target: T, properties: object): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Object.hasOwn(properties, name) ? Reflect.get(properties, name) : Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The sentences that a backend with these faults breaks. */
async function brokenBy({ backend: faults = {}, sequence: faultsOf = () => ({}) }: Faults): Promise<readonly string[]> {
  const wrap = (sequence: Sequence): Sequence => replaced(sequence, { fork: () => wrap(sequence.fork()), ...faultsOf(sequence) });
  const open = async (options?: object): Promise<Backend> => {
    const backend = await openReference({ ...options, model });
    return replaced(backend, { openSequence: () => wrap(backend.openSequence()), ...faults });
  };
  const results = await tryBackend({ name: "faulty", open, adapter: sampleAdapter(model) });
  return results.flatMap(({ check, outcome }) => (outcome === "broken" ? [check] : []));
}

test("a backend without faults keeps all", async () => {
  expect(await brokenBy({})).toEqual([]);
});

test("each fault is found", async () => {
  const cases: readonly (readonly [Faults, string])[] = [
    [{ sequence: () => ({ trim: () => {} }) }, "after a trim"],
    [{ sequence: (sequence) => ({ fork: () => sequence }) }, "a fork goes on"],
    [{ sequence: () => ({ discard: () => Promise.resolve() }) }, "discarded tokens are gone"],
    [{ sequence: (sequence) => ({ forward: (tokens: ArrayLike<number>) => sequence.forward(tokens) }) }, "a pass that is aborted, after"],
    [{ sequence: (sequence) => ({ forwardRows: (tokens: ArrayLike<number>) => sequence.forwardRows(tokens) }) }, "only what is wanted"],
    [{ sequence: () => ({ release: () => {} }) }, "a released sequence"],
    [{ backend: { capabilities: { attention: false, discard: true, adapters: true } } }, "positions and attention are refused"],
    [{ backend: { capabilities: { attention: true, discard: false, adapters: true } } }, "a discard is refused"],
    [{ backend: { capabilities: { attention: true, discard: true, adapters: false } } }, "adapters are refused"],
    [{ backend: { restoreSequence(this: Backend) { return Promise.resolve(this.openSequence()); } } }, "a damaged state"],
    [{ backend: { tokenBytes: () => Uint8Array.of(65) } }, "the bytes of the tokens"],
    [{ backend: { statistics: { decodes: 0, tokens: 0, sequences: 0, pending: 0 } } }, "the statistics"],
  ];
  for (const [faults, sentence] of cases) expect(await brokenBy(faults)).toContainEqual(expect.stringContaining(sentence));
});
