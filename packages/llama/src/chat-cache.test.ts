import { collect } from "@iftk/core";
import { type Message, type Reply, reply } from "@iftk/inference";
import { type Backend, PrefixCache } from "@iftk/inferlet";
import { ScriptedBackend, type ScriptedBackendOptions } from "@iftk/inferlet/testing";
import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { chat, type ChatOptions } from "./chat.js";

/** Says how often the user has said something, and what was said last. */
const count = (prompt: string): string => `${prompt.split("user\n").length - 1}: ${prompt.split("user\n").at(-1)?.split("<")[0]}`;

const bench = (options: Partial<ScriptedBackendOptions> = {}, chatOptions: Omit<ChatOptions, "backend"> = {}): { backend: ScriptedBackend; say: (conversation: Message[], content: string) => Promise<Reply> } => {
  const backend = new ScriptedBackend({ reply: count, ...options });
  const stage = chat({ backend, ...chatOptions });
  return {
    backend,
    async say(conversation, content) {
      conversation.push({ role: "user", content });
      const answer = await reply(stage({ messages: conversation }));
      conversation.push(answer.message);
      return answer;
    },
  };
};

const inUse = (backend: Backend): number => backend.statistics.sequences - PrefixCache.of(backend).keptSequences;

test("the next turn of a conversation forwards only what is new", async () => {
  const { backend, say } = bench();
  const conversation: Message[] = [];
  const first = await say(conversation, "hello");
  const before = backend.statistics.tokens;
  const second = await say(conversation, "there");
  const { inputTokens, cachedInputTokens = 0, outputTokens } = second.finish.usage;
  // The token that ended the first turn was not decoded, and neither was the last one before it.
  const held = first.finish.usage.inputTokens + first.finish.usage.outputTokens;
  expect([first.text, second.text, first.finish.usage.cachedInputTokens]).toEqual(["1: hello", "2: there", undefined]);
  expect([cachedInputTokens, backend.statistics.tokens - before, inUse(backend)]).toEqual([held, inputTokens - held + outputTokens, 0]);
});

test("a reply is the same with the cache as without it", async () => {
  const texts = async (prefixCache: boolean): Promise<readonly string[]> => {
    const { say } = bench({}, { prefixCache });
    const conversation: Message[] = [];
    const answers: string[] = [];
    for (const words of ["hi", "hi", "you", "there"]) answers.push((await say(conversation, words)).text);
    return answers;
  };
  expect(await texts(true)).toEqual(await texts(false));
});

test("the same question again forwards one token, whatever the reply", async () => {
  const { backend, say } = bench();
  await say([], "hello");
  const before = backend.statistics.tokens;
  const { text, finish } = await say([], "hello");
  expect([text, backend.statistics.tokens - before]).toEqual(["1: hello", 1 + finish.usage.outputTokens]);
});

test("without the cache nothing is kept and nothing is reused", async () => {
  const { backend, say } = bench({}, { prefixCache: false });
  const conversation: Message[] = [];
  await say(conversation, "hello");
  const { usage } = (await say(conversation, "there")).finish;
  expect([usage.cachedInputTokens, backend.statistics]).toMatchObject([undefined, { sequences: 0 }]);
});

test("several conversations at once each go on from their own past", async () => {
  const { backend, say } = bench();
  const conversations: Message[][] = [[], [], []];
  for (const [round, words] of ["one", "two", "three"].entries()) {
    const answers = await Promise.all(conversations.map((conversation, index) => say(conversation, `${words} ${index}`)));
    expect(answers.map(({ text }) => text)).toEqual([0, 1, 2].map((index) => `${round + 1}: ${words} ${index}`));
    if (round > 0) expect(answers.every(({ finish }) => finish.usage.inputTokens - (finish.usage.cachedInputTokens ?? 0) < 60)).toBe(true);
  }
  expect(inUse(backend)).toBe(0);
});

test("what is kept makes room where no sequence is left", async () => {
  const { backend, say } = bench({ maximumSequences: 4 });
  await say([], "hello");
  expect(PrefixCache.of(backend).keptSequences).toBe(1);
  const answers = await Promise.all(["a", "b", "c", "d"].map((words) => say([], words)));
  expect([answers.map(({ text }) => text), inUse(backend)]).toEqual([["1: a", "1: b", "1: c", "1: d"], 0]);
});

test("a chat that is given up leaves what it computed, and one that fails leaves nothing", async () => {
  const { backend, say } = bench();
  const stage = chat({ backend });
  const request = { messages: [{ role: "user" as const, content: "a long question" }] };
  for await (const part of stage(request)) {
    void part;
    break;
  }
  expect((await say([], "a long answer")).finish.usage.cachedInputTokens).toBe("SuserNa long ".length);
  PrefixCache.of(backend).clear();
  backend.failNext(new Error("broken"));
  await expect(collect(stage(request))).rejects.toThrow("broken");
  await turns();
  expect(backend.statistics.sequences).toBe(0);
});
