import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { collect, intercept, StageError } from "@iftk/core";
import { retry } from "@iftk/core/interceptors";
import type { ChatRequest, Part } from "@iftk/inference";
import { type Backend, generate, Sampler, type Sequence } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chat } from "./chat.js";
import { type IsolatedLlamaOptions, openIsolatedLlama } from "./isolated-llama.js";
import { fromSource } from "./isolation/fixtures/from-source.js";
import { openLlama } from "./llama-backend.js";

const outcome = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "fine", (error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));
const crashed = (how: string): unknown[] => ["unavailable", "crashed", `llama: the engine's process was ended ${how}`];

interface Opened extends AsyncDisposable {
  readonly backend: Backend;
  /** The processes that were started. */
  readonly processes: number[];
  readonly kill: (signal: NodeJS.Signals) => void;
}

async function open(options: Partial<IsolatedLlamaOptions> = {}): Promise<Opened> {
  const processes: number[] = [];
  const backend = await openIsolatedLlama({ modelPath: tinyModelPath, contextSize: 2048, process: { ...fromSource, onStart: (id) => void processes.push(id) }, ...options });
  return { backend, processes, kill: (signal) => void process.kill(processes.at(-1) as number, signal), [Symbol.asyncDispose]: () => backend.close() };
}

/** Whether the process runs; one that is over may still be listed. */
function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function read(backend: Backend, text: string, maxTokens = 20): Promise<number[]> {
  const sequence = backend.openSequence();
  const tokens: number[] = [];
  for await (const token of generate(backend, sequence, backend.tokenize(text, { special: true }), { sampler: Sampler.greedy(), maxTokens })) tokens.push(token);
  sequence.release();
  return tokens;
}

const prompt = "<|im_start|>user\nHello, who are you?<|im_end|>\n<|im_start|>assistant\n";
const long = Array.from({ length: 2000 }, (_, n) => 300 + (n % 50));

describe("a model in a process of its own", () => {
  let direct: Backend;
  let isolated: Opened;
  beforeAll(async () => {
    direct = await openLlama({ modelPath: tinyModelPath, contextSize: 2048 });
    isolated = await open();
  });
  afterAll(async () => {
    await direct.close();
    await isolated.backend.close();
  });

  test("is what it is here, and says the same", async () => {
    const { backend } = isolated;
    const factsOf = ({ name, vocabularySize, embeddingSize, capabilities, contextSize, maximumSequences, specialTokens, chatTemplate }: Backend): object => ({ name, vocabularySize, embeddingSize, capabilities, contextSize, maximumSequences, specialTokens, chatTemplate });
    const piecesOf = (of: Backend): unknown[] => Array.from({ length: of.vocabularySize }, (_, token) => [of.tokenBytes(token), of.tokenBytes(token, { special: true }), of.isEndOfGeneration(token)]);
    expect(factsOf(backend)).toEqual(factsOf(direct));
    expect(piecesOf(backend)).toEqual(piecesOf(direct));
    expect(await read(backend, prompt)).toEqual(await read(direct, prompt));
  });

  test("forks, trims, saves, restores, counts and refuses as it does here", async () => {
    const play = async (backend: Backend): Promise<unknown> => {
      const sequence = backend.openSequence();
      await sequence.forward(long.slice(0, 20));
      const fork = sequence.fork();
      sequence.trim(10);
      const restored = await backend.restoreSequence(await sequence.save());
      const rows = async (of: Sequence): Promise<unknown> => (await of.forwardRows([5, 6], { rows: [0, 1], want: "both" })).logits.map((row) => row.indexOf(Math.max(...row)));
      const results = [await rows(sequence), await rows(restored), await rows(fork), sequence.length, restored.length, fork.length];
      const errors = await Promise.all([sequence.forward([-1]), fork.forward(long), backend.restoreSequence(new Uint8Array(3)), backend.loadAdapter({ path: "/none.gguf" })].map(outcome));
      for (const one of [sequence, fork, restored]) one.release();
      return [results, errors, backend.statistics.sequences];
    };
    expect(await play(isolated.backend)).toEqual(await play(direct));
  });

  test("an abort during a pass rejects with its reason, and the sequence keeps its length", async () => {
    const sequence = isolated.backend.openSequence();
    await sequence.forward([1, 2, 3]);
    const abort = new AbortController();
    const pass = sequence.forward(long, { signal: abort.signal }).catch((error: unknown) => error);
    abort.abort({ enough: true });
    expect([await pass, sequence.length, (await sequence.forward([4])).length, sequence.length, getEventListeners(abort.signal, "abort").length]).toEqual([{ enough: true }, 3, direct.vocabularySize, 4, 0]);
    sequence.release();
  });

  test.skipIf(process.platform !== "linux")("sees nothing of the environment but what it needs, and signals of the group do not end it", async () => {
    const { backend, processes, kill } = isolated;
    const names = readFileSync(`/proc/${processes[0]}/environ`, "utf8").split("\0").map((entry) => entry.split("=")[0]).filter((name) => name !== "");
    expect(names.filter((name) => !/^(LD_LIBRARY_PATH|GGML_NO_BACKTRACE|NODE_CHANNEL_\w+)$/.test(String(name)))).toEqual([]);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) kill(signal);
    expect([await read(backend, prompt, 2), processes.length]).toEqual([await read(direct, prompt, 2), 1]);
  });
});

describe("the death of the process", () => {
  test.each(["SIGKILL", "SIGABRT"] as const)("by %s during a pass fails all that waits, loses what was open, and the next sequence starts it anew", async (signal) => {
    await using opened = await open();
    const { backend, processes, kill } = opened;
    const expected = await read(backend, prompt);
    const before = backend.statistics;
    const [idle, ...busy] = [1, 2, 3].map(() => backend.openSequence()) as [Sequence, Sequence, Sequence];
    const passes = [busy[0].forward(long), busy[1].forwardRows(long, { rows: [] }), busy[0].forward([1])].map(outcome);
    kill(signal);
    const death = crashed(`by ${signal}`);
    expect(await Promise.all(passes)).toEqual([death, death, ["failed_precondition", undefined, expect.stringContaining("under way")]]);
    expect(await Promise.all([idle.forward([1]), idle.save(), busy[0].forward([1])].map(outcome))).toEqual([death, death, death]);
    expect(() => idle.fork()).toThrow(`by ${signal}`);
    for (const lost of [idle, ...busy]) lost.release();
    expect([await read(backend, prompt), processes.length, backend.statistics]).toEqual([expected, 2, { ...before, decodes: before.decodes * 2, tokens: before.tokens * 2 }]);
  });

  test("by itself is told with its exit code, and with its last words as the cause", async () => {
    const entry = new URL(`data:text/javascript,${encodeURIComponent('export const serveEngine = () => { console.log("not here"); console.error("GGML_ASSERT failed"); process.exit(7); };')}`);
    const error = (await open({ process: { entry } }).catch((caught: unknown) => caught)) as StageError;
    expect([await outcome(Promise.reject(error)), (error.cause as Error).message]).toEqual([crashed("with exit code 7"), "GGML_ASSERT failed"]);
  });

  test("while it loads fails whoever opens it", async () => {
    const onStart = (id: number): void => void process.kill(id, "SIGKILL");
    expect(await outcome(open({ process: { ...fromSource, onStart } }))).toEqual(crashed("by SIGKILL"));
  });

  test("while it starts anew fails the pass that waits, and after so many restarts within a minute it is left alone", async () => {
    const processes: number[] = [];
    const onStart = (id: number): void => {
      if (processes.push(id) === 2) process.kill(id, "SIGABRT");
    };
    await using opened = await open({ restarts: 2, process: { ...fromSource, onStart } });
    const { backend } = opened;
    process.kill(processes[0] as number, "SIGKILL");
    await outcome(backend.openSequence().forward(long));
    expect([await outcome(backend.openSequence().forward([1])), await outcome(backend.openSequence().forward([1]))]).toEqual([crashed("by SIGABRT"), "fine"]);
    process.kill(processes[2] as number, "SIGKILL");
    await outcome(backend.openSequence().forward(long));
    const refused = ["failed_precondition", "crashed", "llama: the engine's process was ended by SIGKILL; it was started anew 2 times within a minute, which is what restarts allows"];
    expect(await Promise.all([(async () => backend.openSequence())(), backend.loadAdapter({ path: "a" }), backend.restoreSequence(new Uint8Array(1))].map(outcome))).toEqual([refused, refused, refused]);
    expect(processes.length).toBe(3);
  });

  test("fails the request of a chat that runs, not the next one, and a retry makes it whole", async () => {
    await using opened = await open();
    const { backend, kill, processes } = opened;
    const request: ChatRequest = { messages: [{ role: "user", content: "Hello, who are you?" }], temperature: 0, maxTokens: 12 };
    const stage = chat({ backend });
    const textOf = (parts: readonly Part[]): string => parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
    const expected = textOf(await collect(stage(request)));
    const reader = stage(request)[Symbol.asyncIterator]();
    await reader.next();
    kill("SIGKILL");
    expect(await outcome((async () => {
      while (!(await reader.next()).done);
    })())).toEqual(crashed("by SIGKILL"));
    expect(textOf(await collect(stage(request)))).toBe(expected);
    const whole = collect(intercept(chat({ backend }), retry({ attempts: 2 }))(request));
    kill("SIGABRT");
    expect([textOf(await whole), processes.length]).toEqual([expected, 3]);
  });
});

describe("opening", () => {
  test("refuses as openLlama does, and leaves no process behind", async () => {
    const processes: number[] = [];
    const options = { process: { ...fromSource, onStart: (id: number) => void processes.push(id) } };
    const missing = `${tinyModelPath}.none`;
    const direct = await outcome(openLlama({ modelPath: missing }));
    expect(await Promise.all([open({ ...options, modelPath: missing }), open({ ...options, batchSize: 1 }), open({ ...options, restarts: -1 }), open({ ...options, signal: AbortSignal.abort("no") })].map(outcome))).toEqual([
      direct,
      ["invalid_argument", undefined, expect.stringContaining("batchSize")],
      ["invalid_argument", undefined, expect.stringContaining("restarts")],
      "no",
    ]);
    expect([processes.length, processes.filter(isRunning)]).toEqual([1, []]);
  });

  test("an abort and a throwing onProgress end the process that loads", async () => {
    const processes: number[] = [];
    const abort = new AbortController();
    const failure = new Error("no more");
    const start = (act: () => void) => ({ process: { ...fromSource, onStart: (id: number) => (processes.push(id), act()) } });
    const aborted = outcome(open({ ...start(() => setImmediate(() => abort.abort("not now"))), signal: abort.signal }));
    const thrown = outcome(open({ ...start(() => {}), onProgress: () => { throw failure; } }));
    expect([await aborted, await thrown, processes.filter(isRunning), getEventListeners(abort.signal, "abort").length]).toEqual(["not now", failure, [], 0]);
  });

  test("tells the progress and the log of the other process", async () => {
    const fractions: number[] = [];
    const lines: string[] = [];
    await using _ = await open({ onProgress: (fraction) => void fractions.push(fraction), onLog: (level, line) => void lines.push(`${level} ${line}`) });
    expect([fractions.at(-1), lines.length > 10]).toEqual([1, true]);
  });

  test("closing rejects what waits, ends the process and is heard by what comes later", async () => {
    const { backend, processes } = await open();
    const sequence = backend.openSequence();
    const pass = outcome(sequence.forward(long));
    await Promise.all([backend.close(), backend.close()]);
    expect([await pass, await outcome(sequence.forward([1])), isRunning(processes[0] as number)]).toEqual([["canceled", undefined, expect.any(String)], ["failed_precondition", undefined, "backend: it is closed"], false]);
    for (const use of [() => backend.openSequence(), () => backend.tokenize("a")]) expect(use).toThrow("closed");
  });
});
