import { StageError } from "@iftk/core";
import { countedAbort, turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AppliedAdapter, Backend, RowsOptions, Sequence } from "../backend.js";
import { generate } from "../generate.js";
import { Sampler } from "../sampling/sampler.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { factsOf } from "./backend-call.js";
import { backendOverPort } from "./backend-over-port.js";
import { overPort } from "./fixtures/over-port.js";
import { serveBackend } from "./serve-backend.js";

/** Logits that tell all tokens before them, and their order. */
const telling = (tokens: readonly number[]): number[] => Array.from({ length: 260 }, (_, token) => tokens.reduce((sum, one, index) => sum + ((one * (index + 3)) % (token + 7)), 0));
const scripted = (options?: object): ScriptedBackend => new ScriptedBackend({ reply: "", logits: telling, contextSize: 40, maximumSequences: 4, ...options });

const errorOf = (error: unknown): unknown => (StageError.is(error) ? [error.code, error.reason, error.message] : error);
const outcome = async (promise: Promise<unknown>): Promise<unknown> => promise.catch(errorOf);
const codeOf = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "fine", (error: StageError) => [error.code, error.reason]);

type Step =
  | { readonly act: "open" | "restore" | "load" }
  | { readonly act: "fork" | "release" | "save"; readonly of: number }
  | { readonly act: "forward"; readonly of: number; readonly tokens: readonly number[]; readonly scale: number }
  | { readonly act: "rows"; readonly of: number; readonly tokens: readonly number[]; readonly options: RowsOptions }
  | { readonly act: "trim"; readonly of: number; readonly length: number }
  | { readonly act: "discard"; readonly of: number; readonly start: number; readonly end: number };

/** What a backend does with these steps; errors that each end finds by itself count by their code. */
async function play(backend: Backend, steps: readonly Step[]): Promise<unknown[]> {
  const sequences: Sequence[] = [];
  let state = new Uint8Array([1, 2, 3]);
  let adapter: AppliedAdapter["adapter"] | undefined;
  const step = async (one: Step): Promise<unknown> => {
    if (one.act === "open") return void sequences.push(backend.openSequence());
    if (one.act === "restore") return void sequences.push(await backend.restoreSequence(state));
    if (one.act === "load") return (adapter = await backend.loadAdapter({ bytes: new Uint8Array(20).fill(9) })).name;
    const sequence = sequences[("of" in one ? one.of : 0) % Math.max(1, sequences.length)];
    if (!sequence) return undefined;
    switch (one.act) {
      case "fork":
        return void sequences.push(sequence.fork());
      case "release":
        sequences.splice(sequences.indexOf(sequence), 1);
        return sequence.release();
      case "save":
        return Array.from((state = Uint8Array.from(await sequence.save())));
      case "forward":
        return Array.from(await sequence.forward(one.tokens, one.scale > 0 && adapter ? { adapters: [{ adapter, scale: one.scale }] } : undefined));
      case "rows": {
        const { logits, embeddings } = await sequence.forwardRows(one.tokens, one.options);
        return [logits, embeddings].map((rows) => rows.map((row) => Array.from(row)));
      }
      case "trim":
        return sequence.trim(one.length);
      case "discard":
        return sequence.discard(one.start, one.end);
    }
  };
  const results: unknown[] = [];
  for (const one of steps) {
    const isFull = one.act === "restore" && sequences.length === backend.maximumSequences; // then a bad state has two faults, either of which may be told
    const result = await step(one).catch((error: StageError) => (isFull ? "refused" : [error.code, error.reason]));
    results.push([one.act, result, sequences.map(({ length }) => length), backend.statistics]);
  }
  return results;
}

const of = fc.nat(3);
const tokens = fc.array(fc.nat(255), { maxLength: 6 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom("open", "restore", "load") }) },
  fc.record({ act: fc.constantFrom("fork", "save"), of }),
  fc.record({ act: fc.constant("release"), of }),
  { weight: 4, arbitrary: fc.record({ act: fc.constant("forward"), of, tokens, scale: fc.constantFrom(0, 1, 2) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("rows"), of, tokens, options: fc.record({ rows: fc.constantFrom(undefined, [], [0], [0, 1], [3, 1]), want: fc.constantFrom(undefined, "logits", "embeddings", "both") }) }) },
  fc.record({ act: fc.constant("trim"), of, length: fc.integer({ min: -1, max: 8 }) }),
  fc.record({ act: fc.constant("discard"), of, start: fc.nat(4), end: fc.nat(6) }),
) as fc.Arbitrary<Step>;

test("whatever is done over a port gives what it gives without: values, errors, lengths and statistics", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
      const { remote, here } = overPort(scripted());
      expect(await play(remote, steps)).toEqual(await play(scripted(), steps));
      here.close();
    }),
    { numRuns: 150 },
  );
});

test("its facts, its vocabulary and what it generates are those of the backend", async () => {
  const backend = new ScriptedBackend({ reply: (prompt) => `${prompt}, said once more.`, chatTemplate: "{{ messages }}" });
  const { remote } = overPort(backend);
  const read = async (from: Backend): Promise<number[]> => {
    const read: number[] = [];
    for await (const token of generate(from, from.openSequence(), from.tokenize("héllo"), { sampler: Sampler.greedy() })) read.push(token);
    return read;
  };
  expect([factsOf(remote), remote.tokenize("<think>", { special: true }), remote.tokenBytes(258, { special: true }), remote.isEndOfGeneration(257)]).toEqual([factsOf(backend), Int32Array.of(258), backend.tokenBytes(258, { special: true }), true]);
  expect(await read(remote)).toEqual(await read(backend));
});

test("errors cross with code, reason and message and without their cause; numbers that are no tokens reach the backend as they are", async () => {
  const backend = scripted();
  const { remote } = overPort(backend);
  const sequence = remote.openSequence();
  backend.failNext(new StageError("resource_exhausted", "no cells", { reason: "cells", retryAfter: 5, cause: "secret" }));
  const error = await sequence.forward([1]).catch((caught: unknown) => caught as StageError);
  expect([StageError.is(error), { ...(error as object) }, (error as StageError).cause]).toEqual([true, { code: "resource_exhausted", reason: "cells", retryAfter: 5, stage: undefined }, undefined]);
  expect(await outcome(sequence.forward(Array.from({ length: 41 }, () => 1)))).toEqual(["invalid_argument", "context-length", "41 tokens do not fit in a context of 40"]);
  expect(await outcome(sequence.forwardRows([1], { positions: [0] }))).toMatchObject(["unimplemented", "backend", expect.any(String)]);
  const foreign = await backend.loadAdapter({ bytes: new Uint8Array(1) });
  expect(await codeOf(sequence.forward([1], { adapters: [{ adapter: foreign, scale: 1 }] }))).toEqual(["invalid_argument", undefined]);
});

test("one pass at a time: what would change a sequence before it settles is refused", async () => {
  const backend = scripted();
  const { remote } = overPort(backend);
  const sequence = remote.openSequence();
  backend.hang();
  const pass = sequence.forward([1, 2]);
  const busy = ["failed_precondition", undefined, "sequence: a forward pass is under way; await it first"];
  for (const change of [() => sequence.trim(0), () => sequence.fork()]) expect(change).toThrow("a forward pass is under way");
  expect(await Promise.all([sequence.forward([3]), sequence.forwardRows([3]), sequence.discard(0, 1), sequence.save()].map(outcome))).toEqual([busy, busy, busy, busy]);
  backend.resume();
  await pass;
  sequence.release();
  sequence.release();
  expect([sequence.length, await codeOf(sequence.forward([1])), remote.statistics.sequences]).toEqual([0, ["failed_precondition", undefined], 0]);
});

describe("an abort", () => {
  test("rejects with the reason itself at once, whatever the other end does, and leaves no listener", async () => {
    const backend = scripted();
    const { remote } = overPort(backend);
    const sequence = remote.openSequence();
    await sequence.forward([1, 2]);
    backend.hang();
    const abort = countedAbort();
    const reason = { enough: true };
    const pending = sequence.forward([3], { signal: abort.signal }).catch((error: unknown) => error);
    await turns(3);
    abort.abort(reason);
    expect([(await pending) === reason, sequence.length, abort.listeners]).toEqual([true, 2, 0]);
    const next = sequence.forward([4]);
    backend.resume();
    expect(Array.from(await next)).toEqual(Array.from(Float32Array.from(telling([1, 2, 4]))));
    expect(backend.statistics).toMatchObject({ pending: 0, sequences: 1 });
  });

  test("whenever it comes, the sequence is as before or as after, on both ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.boolean(), async (after, isRows) => {
        const { remote, here } = overPort(scripted());
        const sequence = remote.openSequence();
        await sequence.forward([1, 2]);
        const abort = new AbortController();
        const pass = (isRows ? sequence.forwardRows([3, 4], { signal: abort.signal }) : sequence.forward([3, 4], { signal: abort.signal })).then(() => [1, 2, 3, 4], () => [1, 2]);
        await turns(after);
        abort.abort();
        const held = await pass;
        const fork = sequence.fork();
        expect([sequence.length, fork.length, Array.from(await fork.forward([5])), Array.from(await sequence.forward([6]))]).toEqual([
          held.length,
          held.length,
          ...[5, 6].map((token) => Array.from(Float32Array.from(telling([...held, token])))),
        ]);
        here.close();
      }),
      { numRuns: 40 },
    );
  });

  test("of an adapter that loads gives it back there", async () => {
    let released = 0;
    let give = (): void => {};
    const backend = Object.assign(scripted(), {
      loadAdapter: () => new Promise((resolve) => (give = () => resolve({ name: "late", release: () => released++ }))),
    }) as unknown as Backend;
    const { remote } = overPort(backend);
    const abort = new AbortController();
    const loading = outcome(remote.loadAdapter({ path: "late.gguf" }, { signal: abort.signal }));
    await turns(3);
    abort.abort("not now");
    expect(await loading).toBe("not now");
    await turns(3);
    give();
    await turns(3);
    expect(released).toBe(1);
  });
});

describe("the end", () => {
  const crashed = ["unavailable", "crashed", "backend: the other end of its port is gone"];

  test("when the backend's end is gone, all that waits and what comes later is unavailable, reason crashed", async () => {
    const backend = scripted();
    const { remote, there, uses } = overPort(backend);
    const [one, other, kept] = [remote.openSequence(), remote.openSequence(), remote.openSequence()];
    await kept.forward([1, 2]);
    backend.hang();
    const waiting = [one.forward([1]), other.forwardRows([1]), remote.loadAdapter({ path: "a" }), remote.restoreSequence(new Uint8Array(0))].map(outcome);
    await turns(0);
    there.close();
    expect(await Promise.all(waiting)).toEqual([crashed, crashed, crashed, crashed]);
    expect(await Promise.all([one.forward([1]), one.save(), remote.restoreSequence(new Uint8Array(0))].map(outcome))).toEqual([crashed, crashed, crashed]);
    for (const act of [() => one.fork(), () => one.trim(0), () => remote.openSequence()]) expect(act).toThrow("is gone");
    expect(kept.length).toBe(0);
    one.release();
    await remote.close();
    expect([uses.held, await codeOf(other.forward([1]))]).toEqual([0, ["failed_precondition", undefined]]);
  });

  test.each(["the user's end is gone", "it is served no more"])("when %s, what was opened is given back, and passes are given up", async (how) => {
    const backend = scripted();
    let released = 0;
    const load = backend.loadAdapter.bind(backend);
    backend.loadAdapter = async (...source) => {
      const adapter = await load(...source);
      return { name: adapter.name, release: () => void released++ };
    };
    const mine = backend.openSequence();
    const { remote, served, here } = overPort(backend);
    const sequences = [remote.openSequence(), remote.openSequence()];
    await remote.loadAdapter({ bytes: new Uint8Array(1) });
    backend.hang();
    const pass = outcome(sequences[0]?.forward([1]) ?? Promise.resolve());
    await turns(3);
    expect([backend.statistics.sequences, backend.statistics.pending]).toEqual([3, 1]);
    if (how === "it is served no more") await served.close();
    here.close();
    await pass;
    await turns(3);
    expect([backend.statistics.sequences, backend.statistics.pending, released, mine.length]).toEqual([1, 0, 1, 0]);
  });

  test("closing it closes the backend there, which rejects what waits, and nothing is heard any more", async () => {
    const backend = scripted();
    const { remote, there, here } = overPort(backend);
    const sequence = remote.openSequence();
    backend.hang();
    const pass = outcome(sequence.forward([1]));
    await Promise.all([remote.close(), remote.close()]);
    expect([await pass, () => backend.openSequence(), here.listenerCount("message") + there.listenerCount("message")]).toEqual([["canceled", undefined, "backend: it was closed while an answer was waited for"], expect.any(Function), 0]);
    expect(() => backend.openSequence()).toThrow("closed");
    for (const act of [() => remote.openSequence(), () => remote.tokenize("a"), () => sequence.trim(0)]) expect(act).toThrow("backend: it is closed");
  });
});

test("who calls without end and awaits nothing is refused, and what was opened can still be released", async () => {
  const backend = scripted();
  const { remote } = overPort(backend);
  const opened: Sequence[] = [];
  const act = (): void => {
    for (;;) {
      opened.push(remote.openSequence());
      opened.pop()?.release();
    }
  };
  expect(act).toThrow("16384 calls wait for the other end");
  await turns(5);
  const sequence = remote.openSequence();
  await sequence.forward([1]);
  expect([backend.statistics.sequences, remote.statistics.sequences]).toEqual([1, 1]);
});

test("passes that end together ask for the next ones together, in one message each way", async () => {
  const { remote, uses } = overPort(scripted());
  const sequences = Array.from({ length: 4 }, () => remote.openSequence());
  for (let n = 0; n < 5; n++) await Promise.all(sequences.map((sequence) => sequence.forward([n])));
  expect(uses).toMatchObject({ messages: 5, requests: 4 + 4 * 5, held: 0 });
});

test("several may use one backend: its gauges count them all, and what is one too many fails with its first pass", async () => {
  const backend = scripted({ maximumSequences: 3 });
  const [one, other] = [overPort(backend).remote, overPort(backend).remote];
  const open = (from: Backend): Promise<Float32Array> => from.openSequence().forward([1]);
  await Promise.all([open(one), open(one)]);
  await open(other);
  expect([one.statistics, other.statistics, await codeOf(open(other))]).toEqual([expect.objectContaining({ sequences: 2 }), { decodes: 3, tokens: 3, sequences: 3, pending: 0 }, ["resource_exhausted", undefined]]);
});

test("a port of another kind is as good, and what it closes with is the reason", async () => {
  const listeners = new Map<string, (value: unknown) => void>();
  const port = { postMessage: () => {}, on: (event: string, listener: (value: unknown) => void) => void listeners.set(event, listener), off: (event: string) => void listeners.delete(event) };
  const backend = backendOverPort(port, factsOf(scripted()), scripted());
  const pass = backend.openSequence().forward([1]).catch((error: unknown) => error);
  const reason = new StageError("unavailable", "it was ended by SIGABRT", { reason: "crashed" });
  for (const odd of [undefined, 5, { answers: 5 }]) listeners.get("message")?.(odd);
  listeners.get("close")?.(reason);
  expect([await pass, listeners.size]).toEqual([reason, 0]);
  serveBackend(scripted(), port);
  listeners.get("message")?.({ requests: [] });
  listeners.get("close")?.(undefined);
  expect(listeners.size).toBe(0);
});
