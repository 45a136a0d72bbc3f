import { outputStream, StageError, type Stream } from "@iftk/core";
import { feed, hang } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import type { Backend, BackendAdapter } from "../backend.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { inferlet } from "../session/inferlet.js";
import type { Session } from "../session/session.js";
import { createRuntime, type HostRuntime, type RuntimeOptions } from "./create-runtime.js";
import * as programs from "./fixtures/token-programs.js";
import { testThreads } from "./fixtures/test-runtime.js";

const words = outputStream(async function* words(prompt: string) {
  yield prompt;
});

/** A backend that counts its adapters. */
class CountedBackend extends ScriptedBackend {
  readonly #adapters = new Set<BackendAdapter>();

  get adapters(): number {
    return this.#adapters.size;
  }

  override async loadAdapter(...source: Parameters<Backend["loadAdapter"]>): Promise<BackendAdapter> {
    const adapter = await super.loadAdapter(...source);
    const { release } = adapter;
    this.#adapters.add(adapter);
    return Object.assign(adapter, { release: () => (this.#adapters.delete(adapter), release()) });
  }
}

const counted = (): CountedBackend => new CountedBackend({ reply: (prompt) => `${prompt}!`, chatTemplate: "{{ messages }}" });

const kinds = ["in a thread", "in the thread of the runtime"] as const;

function runtimeOf(kind: (typeof kinds)[number], tiny: Backend, options: Partial<RuntimeOptions> = {}): HostRuntime {
  const module = new URL("fixtures/token-programs.ts", import.meta.url);
  const registry = Object.entries(programs).map(([name, program]) => ({ name, version: "1.0.0", ...(kind === "in a thread" ? { module, export: name } : { program }) }));
  return createRuntime({ registry, models: { words, tiny }, threads: { ...testThreads, grace: 50 }, ...options });
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason] : (error as Error).message));

async function heardOf(stream: Stream<unknown>): Promise<readonly [unknown[], unknown]> {
  const heard: unknown[] = [];
  const end = await codeOf((async () => {
    for await (const value of stream) heard.push(value);
    return "end";
  })());
  return [heard, end];
}

describe.each(kinds)("a program %s", (kind) => {
  test("uses a model token by token", async () => {
    const backend = counted();
    await using runtime = runtimeOf(kind, backend);
    expect(await runtime.spawn("reading", { prompt: "<think>é" })).toEqual({
      text: "é!", name: "scripted", vocabularySize: 260, sequences: 0, chatTemplate: "{{ messages }}", same: true, ends: true, think: new TextEncoder().encode("<think>"),
      refused: [
        ["not_found", "runtime: there is no model none; there are words, tiny"],
        ["failed_precondition", 'runtime: the model words is only a stage; call model("words"), or one of those that are used token by token: tiny'],
        ["failed_precondition", 'runtime: the model tiny is used token by token; call backend("tiny"), or offer a stage'],
        kind === "in a thread" ? ["invalid_argument", "backend: 260 is not a token; they go from 0 to 259"] : expect.anything(),
      ],
    });
  });

  test("may have so many rows of output as its limit of tokens, whatever the prompt", async () => {
    await using runtime = runtimeOf(kind, counted());
    const limits = { tokens: 3 };
    const tooMany = ["resource_exhausted", "tokens"];
    expect([
      await heardOf(runtime.spawnStage("readingOn", {}, { limits })(feed())),
      await heardOf(runtime.spawnStage("readingOn", { isCatching: true }, { limits })(feed())), // it cannot swallow that
      await runtime.spawn("rows", [[], [3], [0, 1]], { limits }),
      await codeOf(runtime.spawn("rows", [[1], [0, 1, 2]], { limits })),
    ]).toEqual([[["a", "a", "a"], tooMany], [["a", "a", "a"], tooMany], 3, tooMany]);
  });

  test.each(["value", "error"] as const)("gives back what it opened when it ends with its %s", async (how) => {
    const backend = counted();
    await using runtime = runtimeOf(kind, backend);
    expect([await heardOf(runtime.spawnStage("leaving", how)(feed())), backend.statistics, backend.adapters]).toEqual([
      [["open"], how === "value" ? "end" : kind === "in a thread" ? ["unknown", undefined] : "enough"],
      { decodes: 1, tokens: 1, sequences: 0, pending: 0 },
      0,
    ]);
  });

  test("gives back what it opened when it is left, and a pass that waits is given up", async () => {
    const backend = counted();
    await using runtime = runtimeOf(kind, backend);
    const running = runtime.spawnStage("leaving", "pass")(hang())[Symbol.asyncIterator]();
    await running.next();
    expect([backend.statistics.sequences, backend.adapters]).toEqual([3, 1]);
    backend.hang();
    void running.next().catch(() => {});
    while (backend.statistics.pending === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    await running.return?.();
    await runtime.close();
    expect([backend.statistics, backend.adapters]).toEqual([{ decodes: 1, tokens: 1, sequences: 0, pending: 0 }, 0]);
  });
});

test.each(["exit", "loop", "deaf"] as const)("a thread that is ended by %s gives back what it opened", async (how) => {
  const backend = counted();
  await using runtime = runtimeOf("in a thread", backend, { limits: { time: 1500 } });
  const [heard, end] = await heardOf(runtime.spawnStage("leaving", how)(feed()));
  expect([heard, end, backend.statistics.sequences, backend.adapters]).toEqual([["open"], how === "exit" ? ["unavailable", "truncated"] : ["deadline_exceeded", "time"], 0, 0]);
});

test("in a thread the tokens of a text are there at once, also while a pass waits; errors are those of the model", async () => {
  const backend = counted();
  const tokenize = backend.tokenize.bind(backend);
  backend.tokenize = (text, options) => {
    if (text === "refused") throw new StageError("invalid_argument", "too long", { reason: "too-large" });
    return tokenize(text, options);
  };
  await using runtime = runtimeOf("in a thread", backend);
  backend.hang();
  const value = runtime.spawn("tokenizing", undefined, { onSend: (message) => (expect(message).toEqual([258]), backend.resume()) });
  expect(await value).toEqual([true, { code: "invalid_argument", reason: "too-large", message: "too long", stage: undefined, retryAfter: undefined }]);
});

test("threads use one model at the same time, in shared turns, and its limit of sequences holds for all", async () => {
  const backend = counted();
  await using runtime = runtimeOf("in a thread", backend);
  const spawned = await Promise.all(["a", "b", "c"].map((prompt) => runtime.spawn<{ text: string }>("reading", { prompt })));
  expect([spawned.map(({ text }) => text), backend.statistics.sequences]).toEqual([["a!", "b!", "c!"], 0]);
});

test("the runtime itself gives the backend that it was given, and says when there is none", async () => {
  const backend = counted();
  const runtime = runtimeOf("in a thread", backend);
  expect([await runtime.backend(), await runtime.backend("tiny"), await codeOf(createRuntime({ registry: [], models: { words } }).backend())]).toEqual([backend, backend, ["not_found", undefined]]);
});

test("what a program opens when it is over is refused, and what comes late is given back", async () => {
  const backend = counted();
  let late: Promise<unknown> | undefined;
  const program = inferlet(async ({ runtime }: Session) => {
    const mine = await runtime.backend();
    const sequence = mine.openSequence();
    late = codeOf(mine.loadAdapter({ bytes: new Uint8Array(1) }));
    return [mine, sequence];
  });
  const runtime = createRuntime({ registry: [{ name: "late", version: "1.0.0", program }], models: { tiny: backend } });
  const hung = backend.loadAdapter.bind(backend);
  let give = (): void => {};
  backend.loadAdapter = async (...source) => {
    await new Promise<void>((resolve) => (give = resolve));
    return hung(...source);
  };
  const [mine, sequence] = await runtime.spawn<[Backend, ReturnType<Backend["openSequence"]>]>("late");
  give();
  expect([await late, backend.adapters, backend.statistics.sequences, await codeOf(sequence.forward([1]))]).toEqual([["failed_precondition", "closed"], 0, 0, ["failed_precondition", undefined]]);
  for (const use of [() => mine.openSequence(), () => mine.tokenize("a"), () => mine.tokenBytes(1), () => mine.isEndOfGeneration(1)]) expect(use).toThrow("the program that used it is over");
});
