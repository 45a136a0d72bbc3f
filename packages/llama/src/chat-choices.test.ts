import { collect, StageError } from "@iftk/core";
import { type ChatRequest, type Part, reply } from "@iftk/inference";
import { PrefixCache } from "@iftk/inferlet";
import { ScriptedBackend, type ScriptedBackendOptions } from "@iftk/inferlet/testing";
import { countedAbort, turns } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { chat, type ChatOptions } from "./chat.js";

const ask = (content: string, options: Omit<ChatRequest, "messages"> = {}): ChatRequest => ({ messages: [{ role: "user", content }], ...options });
const promptLength = "SuserNhiEN".length + "SassistantN".length;

const bench = (options: Partial<ScriptedBackendOptions> = {}, chatOptions: Omit<ChatOptions, "backend"> = {}) => {
  const backend = new ScriptedBackend({ reply: "hello", ...options });
  return { backend, stage: chat({ backend, ...chatOptions }) };
};

/** Letters, each as likely as the next, and the end. */
const letters: ScriptedBackendOptions["logits"] = () => Float32Array.from({ length: 260 }, (_, token) => ((token >= 97 && token < 123) || token === 257 ? 8 : -20));
const inUse = (backend: ScriptedBackend): number => backend.statistics.sequences - PrefixCache.of(backend).keptSequences;
const textOf = (parts: readonly Part[], choice: number): string => parts.map((part) => (part.type === "text-delta" && (part.choice ?? 0) === choice ? part.text : "")).join("");

describe("several replies", () => {
  test("are generated side by side from one prompt, each with its end before the finish", async () => {
    const { backend, stage } = bench({}, { temperature: 0 });
    const parts = await collect(stage(ask("hi", { choices: 3 })));
    expect([0, 1, 2].map((choice) => textOf(parts, choice))).toEqual(["hello", "hello", "hello"]);
    expect(parts.slice(-4)).toEqual([
      ...[0, 1, 2].map((choice) => ({ type: "choice-finish", choice, reason: { unified: "stop", raw: "<|im_end|>" } })),
      { type: "finish", reason: { unified: "stop", raw: "<|im_end|>" }, usage: { inputTokens: promptLength, outputTokens: 15 } },
    ]);
    // All but the last token of the prompt once; that token, and those of the replies, for each.
    expect([backend.statistics.tokens, inUse(backend)]).toEqual([promptLength - 1 + 3 * 6, 0]);
  });

  test("differ by their seeds and are repeated by the seed of the request, and the first is that which comes alone", async () => {
    const { stage } = bench({ logits: letters });
    const texts = async (choices: number): Promise<readonly string[]> => {
      const parts = await collect(stage(ask("hi", { choices, seed: 5, temperature: 1, topP: 1, maxTokens: 12 })));
      return Array.from({ length: choices }, (_, choice) => textOf(parts, choice));
    };
    const three = await texts(3);
    expect([await texts(3), await texts(1), new Set(three).size]).toEqual([three, three.slice(0, 1), 3]);
  });

  test("end each on its own", async () => {
    const { stage } = bench({ logits: letters });
    const parts = await collect(stage(ask("hi", { choices: 8, seed: 1, temperature: 1, topP: 1, maxTokens: 40 })));
    const ends = parts.flatMap((part, index) => (part.type === "choice-finish" ? [{ index, choice: part.choice }] : []));
    expect([new Set(ends.map(({ choice }) => choice)).size, parts.filter(({ type }) => type === "finish").length, parts.at(-1)?.type]).toEqual([8, 1, "finish"]);
    for (const { index, choice } of ends) expect(textOf(parts.slice(index), choice)).toBe("");
    expect(new Set(ends.map(({ choice }) => textOf(parts, choice).length)).size).toBeGreaterThan(1);
  });

  test("of a prompt that is known already forward its last token alone", async () => {
    const { backend, stage } = bench();
    await collect(stage(ask("hi")));
    const before = backend.statistics.tokens;
    const { finish } = await reply(stage(ask("hi", { choices: 2 })));
    expect([finish.usage, backend.statistics.tokens - before]).toEqual([{ inputTokens: promptLength, outputTokens: 10, cachedInputTokens: promptLength - 1 }, 2 * 6]);
  });

  test("are refused where not so many sequences can be open, and none stays open", async () => {
    const { backend, stage } = bench({ maximumSequences: 3 });
    await expect(collect(stage(ask("hi", { choices: 4 })))).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(backend.statistics.sequences).toBe(0);
  });

  test.each([0, 1, 2])("free all sequences when they are aborted after %i parts", async (count) => {
    const { backend, stage } = bench();
    const abort = countedAbort();
    const iterator = stage(ask("hi", { choices: 3 }), { signal: abort.signal })[Symbol.asyncIterator]();
    for (let part = 0; part < count; part++) await iterator.next();
    backend.hang();
    const pending = Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    await turns();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await turns(2);
    expect([inUse(backend), backend.statistics.pending]).toEqual([0, 0]);
  });

  test("fail together, and free all sequences", async () => {
    const { backend, stage } = bench();
    const iterator = stage(ask("hi", { choices: 3 }))[Symbol.asyncIterator]();
    for (let part = 0; part < 3; part++) await iterator.next();
    const error = new StageError("internal", "broken");
    backend.failNext(error);
    await expect(iterator.next()).rejects.toBe(error);
    await turns(2);
    expect([backend.statistics.sequences, backend.statistics.pending]).toEqual([0, 0]);
  });
});

describe("log-probabilities", () => {
  const tokensOf = (parts: readonly Part[]): readonly string[] => parts.flatMap((part) => (part.type === "text-delta" ? (part.logprobs ?? []).map(({ token }) => token) : []));

  test("come with the text of their tokens, with so many alternatives", async () => {
    const [first] = await collect(bench().stage(ask("hi", { logprobs: 2, temperature: 0 })));
    expect(first).toEqual({
      type: "text-delta",
      text: "h",
      logprobs: [{ token: "h", logprob: expect.closeTo(0, 6) as number, bytes: [104], alternatives: [{ token: "h", logprob: expect.closeTo(0, 6) as number }, { token: "\0", logprob: expect.closeTo(-40, 6) as number }] }],
    });
    const bare = await collect(bench().stage(ask("hi", { logprobs: 0, temperature: 0 })));
    expect(bare[1]).toEqual({ type: "text-delta", text: "e", logprobs: [{ token: "e", logprob: expect.closeTo(0, 6) as number, bytes: [101] }] });
  });

  test("are not there unless they are asked for", async () => {
    expect(tokensOf(await collect(bench().stage(ask("hi"))))).toEqual([]);
  });

  test("are those of text alone, also where it is held back or cut inside a character", async () => {
    const parts = await collect(bench({ reply: "<think>hi there</think>\n\nhi 🦊, the EN" }).stage(ask("?", { logprobs: 0, stop: ["END", "there"] })));
    expect(parts.flatMap((part) => (part.type === "text-delta" && part.logprobs?.length === 0 ? [part.text] : []))).toEqual([]);
    const bytes = parts.flatMap((part) => (part.type === "text-delta" ? (part.logprobs ?? []).flatMap(({ bytes = [] }) => bytes) : []));
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe("hi 🦊, the EN");
  });

  test("of several replies come with each", async () => {
    const parts = await collect(bench().stage(ask("hi", { logprobs: 0, choices: 2, temperature: 0 })));
    expect([...tokensOf(parts)].sort().join("")).toBe("eehhlllloo");
  });
});
