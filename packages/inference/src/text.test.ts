import { collect } from "@iftk/core";
import { failing, feed, stageLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import type { Finish, Part } from "./part.js";
import { reply, text } from "./text.js";

const finishWith = (unified: Finish["reason"]["unified"]): Finish => ({ type: "finish", reason: { unified, raw: "why" }, usage: { inputTokens: 3, outputTokens: 2 } });
const parts: readonly Part[] = [
  { type: "reasoning-delta", text: "Hm" },
  { type: "reasoning-delta", text: "m." },
  { type: "text-delta", text: "Hel" },
  { type: "warning", message: "careful" },
  { type: "text-delta", text: "lo" },
];
const whole = [...parts, finishWith("stop")];

stageLaws("text", { stage: () => text, input: whole, output: ["Hel", "lo"], readsAhead: 0 });
stageLaws("reply", {
  stage: () => reply,
  input: whole,
  output: [{ text: "Hello", reasoning: "Hmm.", refusal: "", toolCalls: [], invalidToolCalls: [], sources: [], warnings: ["careful"], finish: finishWith("stop"), message: { role: "assistant", content: "Hello" } }],
});

describe.each([
  ["text", (stream: AsyncIterable<Part>): Promise<unknown> => collect(text(stream))],
  ["reply", (stream: AsyncIterable<Part>): Promise<unknown> => reply(stream)],
])("%s", (_name, read) => {
  test("a reply that ends without finish is cut off", async () => {
    await expect(read(feed(...parts))).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
    await expect(read(feed())).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
  });

  test("a reply that failed in its midst fails with the same error", async () => {
    const error = new Error("broken");
    await expect(read(failing(error, ...parts))).rejects.toBe(error);
  });

  test("a reply that says it was aborted or failed does not end normally", async () => {
    await expect(read(feed(...parts, finishWith("aborted")))).rejects.toMatchObject({ code: "canceled" });
    await expect(read(feed(...parts, finishWith("error")))).rejects.toMatchObject({ code: "unknown" });
  });

  test("a reply at its length limit ends normally", async () => {
    await expect(read(feed(...parts, finishWith("length")))).resolves.toBeDefined();
  });
});

test("text gives what came before the reply was cut off", async () => {
  const seen: string[] = [];
  const read = async (): Promise<void> => {
    for await (const piece of text(feed(...parts))) seen.push(piece);
  };
  await expect(read()).rejects.toMatchObject({ reason: "truncated" });
  expect(seen).toEqual(["Hel", "lo"]);
});

test("a reply becomes the next message, with text, reasoning and calls in their order, and other replies beside it are left out", async () => {
  const call = { id: "1", name: "look", arguments: { at: "sky" } };
  const found = await reply(
    feed<Part>(
      { type: "reasoning-delta", text: "Hm." },
      { type: "reasoning", text: "Hm.", signature: "s" },
      { type: "text-delta", text: "Let me " },
      { type: "text-delta", text: "another reply", choice: 1 },
      { type: "text-delta", text: "look." },
      { type: "tool-call-start", id: "1", name: "look" },
      { type: "tool-call-delta", id: "1", arguments: '{"at":"sky"}' },
      { type: "tool-call", ...call },
      { type: "tool-call-invalid", id: "2", name: "look", text: "{", message: "no JSON" },
      { type: "source", url: "https://example.com" },
      finishWith("tool-calls"),
    ),
  );
  expect(found).toEqual({
    text: "Let me look.",
    reasoning: "Hm.",
    refusal: "",
    toolCalls: [{ type: "tool-call", ...call }],
    invalidToolCalls: [{ type: "tool-call-invalid", id: "2", name: "look", text: "{", message: "no JSON" }],
    sources: [{ type: "source", url: "https://example.com" }],
    warnings: [],
    finish: finishWith("tool-calls"),
    message: { role: "assistant", content: [{ type: "reasoning", text: "Hm.", signature: "s" }, { type: "text", text: "Let me look." }, { type: "tool-call", ...call }] },
  });
});

describe("a reply whose texts have phases", () => {
  const labelled: readonly Part[] = [
    { type: "text-delta", text: "Let me ", phase: "commentary" },
    { type: "warning", message: "careful" },
    { type: "text-delta", text: "look.", phase: "commentary" },
    { type: "text-delta", text: "A ", phase: "answer" },
    { type: "text-delta", text: "Of another.", phase: "commentary", choice: 1 },
    { type: "text-delta", text: "cat.", phase: "answer" },
  ];

  test("becomes a message with a text for each, and is all of them as a text", async () => {
    const found = await reply(feed(...labelled, finishWith("stop")));
    expect([found.text, found.message]).toStrictEqual(["Let me look.A cat.", { role: "assistant", content: [{ type: "text", text: "Let me look.", phase: "commentary" }, { type: "text", text: "A cat.", phase: "answer" }] }]);
    expect(await collect(text(feed(...labelled, finishWith("stop"))))).toEqual(["Let me ", "look.", "A ", "cat."]);
  });

  test("keeps the phase of a text that is alone", async () => {
    expect((await reply(feed(...labelled.slice(0, 3), finishWith("stop")))).message.content).toStrictEqual([{ type: "text", text: "Let me look.", phase: "commentary" }]);
  });

  test("has them in their order with calls", async () => {
    const call: Part = { type: "tool-call", id: "1", name: "look", arguments: {} };
    expect((await reply(feed(...labelled.slice(0, 3), call, ...labelled.slice(3), finishWith("tool-calls")))).message.content).toStrictEqual([
      { type: "text", text: "Let me look.", phase: "commentary" },
      call,
      { type: "text", text: "A cat.", phase: "answer" },
    ]);
  });
});
