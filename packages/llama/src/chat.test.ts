import { collect, pipe, ready, type ReadyStream, StageError } from "@iftk/core";
import { type ChatRequest, type Finish, type Part, reply, text } from "@iftk/inference";
import { PrefixCache } from "@iftk/inferlet";
import { ScriptedBackend, type ScriptedBackendOptions } from "@iftk/inferlet/testing";
import { countedAbort, stageLaws, turns } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { chat, type ChatOptions } from "./chat.js";

const ask = (content: string, options: Omit<ChatRequest, "messages"> = {}): ChatRequest => ({ messages: [{ role: "user", content }], ...options });

interface Bench {
  readonly backend: ScriptedBackend;
  readonly stage: ReturnType<typeof chat>;
  /** What `onFinish` was told. */
  readonly finishes: Finish[];
}

function bench(script: ScriptedBackendOptions["reply"], options: Omit<ChatOptions, "backend"> = {}, backendOptions: Omit<ScriptedBackendOptions, "reply"> = {}): Bench {
  const backend = new ScriptedBackend({ reply: script, ...backendOptions });
  const finishes: Finish[] = [];
  return { backend, finishes, stage: chat({ backend, onFinish: (finish) => finishes.push(finish), ...options }) };
}

const finish = (unified: Finish["reason"]["unified"], raw: string, inputTokens: number, outputTokens: number): Finish => ({
  type: "finish",
  reason: { unified, raw },
  usage: { inputTokens, outputTokens },
});

/** Tokens of the ChatML prompt of one user message, byte by byte. */
const promptOf = (content: string): number => `SuserN${content}EN`.length + "SassistantN".length;

/** Sequences that are open and not kept for later. */
const inUse = (backend: ScriptedBackend): number => backend.statistics.sequences - PrefixCache.of(backend).keptSequences;

let shared = new ScriptedBackend({ reply: "hello" });
stageLaws("chat", {
  stage: () => chat({ backend: (shared = new ScriptedBackend({ reply: "hello" })) }),
  hanging: () => {
    shared = new ScriptedBackend({ reply: "hello" });
    shared.hang();
    return chat({ backend: shared });
  },
  input: [ask("hi")],
  output: Array.from("hello").map((text): Part => ({ type: "text-delta", text })).concat(finish("stop", "<|im_end|>", promptOf("hi"), 5)),
  isReleased: () => inUse(shared) === 0 && shared.statistics.pending === 0,
});

test("reasoning and text are told apart, and finish is last", async () => {
  const { stage, finishes } = bench("<think>\n1 + 1\n</think>\n\nTwo.");
  const answer = await reply(stage(ask("1+1?")));
  expect(answer).toMatchObject({ reasoning: "1 + 1", text: "Two.", warnings: [], finish: finish("stop", "<|im_end|>", promptOf("1+1?"), 15) });
  expect(finishes).toEqual([answer.finish]);
});

test("reasoning that the prompt opened is reasoning from the first token", async () => {
  const chatTemplate = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}<|im_start|>assistant\n<think>\n";
  expect(await reply(bench("Hm.</think>Yes.", {}, { chatTemplate }).stage(ask("?")))).toMatchObject({ reasoning: "Hm.", text: "Yes." });
});

test("reasoning that is open at the limit is reasoning, and finish says length", async () => {
  expect(await reply(bench("<think>1 + 1 is").stage(ask("?", { maxTokens: 4 })))).toMatchObject({ reasoning: "1 +", text: "", finish: { reason: { unified: "length", raw: "max-tokens" } } });
});

test("text is never cut inside a character", async () => {
  const parts = await collect(bench("🦊 ß").stage(ask("?")));
  expect(parts.slice(0, -1)).toEqual(["🦊", " ", "ß"].map((text) => ({ type: "text-delta", text })));
});

test("a character cut by the limit comes out as U+FFFD", async () => {
  expect(await reply(bench("a🦊").stage(ask("?", { maxTokens: 3 })))).toMatchObject({ text: "a\uFFFD", finish: { reason: { unified: "length" } } });
});

test("a stop text ends the reply before it, and costs no pass after it", async () => {
  const { stage, backend } = bench("<think>a.</think>One. Two. Three.");
  expect(await reply(stage(ask("?", { stop: [". T", "zzz"] })))).toMatchObject({ reasoning: "a.", text: "One", finish: finish("stop", "stop-text", promptOf("?"), 10) });
  expect(backend.statistics.decodes).toBe(10);
});

test("what only looked like a stop text is not lost", async () => {
  expect(await reply(bench("the EN").stage(ask("?", { stop: ["END"] })))).toMatchObject({ text: "the EN", finish: { reason: { raw: "<|im_end|>" } } });
});

test("parts that are there at once are given at once, the finish with the last of them", async () => {
  const reader = (bench("One. Two").stage(ask("?", { stop: [". T", ". X"] })) as ReadyStream<Part>)[ready]();
  const batches: (readonly Part[])[] = [];
  for (let batch; (batch = await reader.read()); ) batches.push(batch);
  expect(batches.map((batch) => batch.map((part) => ("text" in part ? part.text : part.type)))).toEqual([["O"], ["n"], ["e"], ["finish"]]);
  const cut = (bench("a🦊").stage(ask("?", { maxTokens: 3 })) as ReadyStream<Part>)[ready]();
  expect([await cut.read(), (await cut.read())?.map(({ type }) => type)]).toEqual([[{ type: "text-delta", text: "a" }], ["text-delta", "finish"]]);
});

test("a full context ends the reply with length", async () => {
  expect(await reply(bench("hello world", {}, { contextSize: promptOf("?") + 2 }).stage(ask("?")))).toMatchObject({ text: "hel", finish: finish("length", "context", promptOf("?"), 3) });
});

test("a conversation beyond the context is refused with both numbers, before a sequence is taken", async () => {
  const { stage, backend, finishes } = bench("", {}, { contextSize: 20 });
  await expect(collect(stage(ask("how are you?")))).rejects.toMatchObject({ code: "invalid_argument", reason: "context-length", message: expect.stringMatching(/takes 31 tokens.*holds 20/u) as string });
  expect([backend.statistics.decodes, finishes]).toEqual([0, [finish("error", "context-length", 0, 0)]]);
});

test("a request that is not valid is refused with its place", async () => {
  const { stage, finishes } = bench("");
  await expect(collect(stage({ messages: [{ role: "robot", content: "" }] } as unknown as ChatRequest))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/^messages\[0\]\.role: expected one of/u) as string });
  expect(finishes).toEqual([finish("error", "invalid_argument", 0, 0)]);
});

test("the options of the engine hold where the request does not say otherwise", async () => {
  const { stage } = bench("hello", { maxTokens: 2, stop: ["x"] });
  const lengths = await Promise.all([{}, { maxTokens: 3 }, { maxTokens: undefined }].map(async (options) => (await reply(stage(ask("?", options)))).text));
  expect(lengths).toEqual(["he", "hel", "he"]);
});

test("options of the engine that are not valid are refused when it is made", () => {
  expect(() => bench("", { temperature: -1 })).toThrow(expect.objectContaining({ code: "invalid_argument", message: "temperature: expected number to be >=0" }));
});

test("several chats run at once on one backend, each with a reply of its own", async () => {
  const { stage, backend } = bench((prompt) => `you said ${/user\n(\w+)/u.exec(prompt)?.[1]}`);
  const replies = await Promise.all(["a", "bb", "ccc"].map(async (word) => (await collect(pipe(stage, text)(ask(word)))).join("")));
  expect([replies, inUse(backend)]).toEqual([["you said a", "you said bb", "you said ccc"], 0]);
});

test("too many chats at once are refused, and the others go on", async () => {
  const { stage, finishes } = bench("hello", {}, { maximumSequences: 1 });
  const [first, second] = await Promise.allSettled([reply(stage(ask("a"))), reply(stage(ask("b")))]);
  expect([first, second]).toMatchObject([{ value: { text: "hello" } }, { reason: { code: "resource_exhausted" } }]);
  expect(finishes.map(({ reason }) => reason.unified).sort()).toEqual(["error", "stop"]);
});

describe("at whatever pass the caller gives up", () => {
  const passes = [0, 1, 2, 5];

  test.each(passes)("an abort while pass %i hangs rejects with the reason, frees the sequence and tells the usage", async (passes) => {
    const { stage, backend, finishes } = bench("hello");
    const abort = countedAbort();
    const iterator = stage(ask("hi"), { signal: abort.signal })[Symbol.asyncIterator]();
    for (let pass = 0; pass < passes; pass++) await iterator.next();
    backend.hang();
    const pending = iterator.next();
    await turns();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await turns(2);
    expect([finishes, inUse(backend), backend.statistics.pending]).toEqual([[finish("aborted", "canceled", promptOf("hi"), passes)], 0, 0]);
  });

  test.each(passes.slice(1))("leaving after part %i frees the sequence at once and tells the usage", async (count) => {
    const { stage, backend, finishes } = bench("hello");
    let seen = 0;
    for await (const part of stage(ask("hi"))) {
      void part;
      if (++seen === count) break;
    }
    expect([finishes, inUse(backend), backend.statistics.decodes]).toEqual([[finish("aborted", "canceled", promptOf("hi"), count)], 0, count]);
  });

  test.each(passes)("an error of the model in pass %i arrives untouched", async (passes) => {
    const { stage, backend, finishes } = bench("hello");
    const iterator = stage(ask("hi"))[Symbol.asyncIterator]();
    for (let pass = 0; pass < passes; pass++) await iterator.next();
    const error = new StageError("resource_exhausted", "no cells are left");
    backend.failNext(error);
    await expect(iterator.next()).rejects.toBe(error);
    expect([finishes, inUse(backend)]).toEqual([[finish("error", "resource_exhausted", promptOf("hi"), passes)], 0]);
  });
});

test("the sequence is free when finish is read, and leaving there is no abort", async () => {
  const { stage, backend, finishes } = bench("hello");
  for await (const part of stage(ask("hi"))) {
    if (part.type !== "finish") continue;
    expect(inUse(backend)).toBe(0);
    break;
  }
  expect(finishes).toEqual([finish("stop", "<|im_end|>", promptOf("hi"), 5)]);
});

test("a consumer that reads slowly gets one token for each read", async () => {
  const { stage, backend } = bench("hello");
  const iterator = stage(ask("hi"))[Symbol.asyncIterator]();
  const decodes: number[] = [];
  for (let read = 0; read < 3; read++) {
    await iterator.next();
    await turns(3);
    decodes.push(backend.statistics.decodes);
  }
  await iterator.return?.();
  expect(decodes).toEqual([1, 2, 3]);
});

test("a call that is never read takes nothing and tells nothing", async () => {
  const { stage, backend, finishes } = bench("hello");
  stage(ask("hi"));
  await turns();
  expect([backend.statistics, finishes]).toEqual([{ decodes: 0, tokens: 0, sequences: 0, pending: 0 }, []]);
});
