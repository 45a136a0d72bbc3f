import { expect, test } from "vitest";
import { Conversation } from "./conversation.js";

test("a request holds the answered turns before it, then its own prompt", () => {
  const conversation = new Conversation();
  conversation.begin("first").reply = "one";
  conversation.begin("left unanswered");
  const last = conversation.begin("last");
  expect(conversation.requestFor(last, { think: false })).toEqual({
    messages: [
      { role: "user", content: "first" },
      { role: "assistant", content: "one" },
      { role: "user", content: "last" },
    ],
  });
});

test("a turn that is tried again is asked as it was the first time", () => {
  const conversation = new Conversation();
  const first = conversation.begin("first");
  conversation.begin("later").reply = "two";
  expect(conversation.requestFor(first, { think: false }).messages).toEqual([{ role: "user", content: "first" }]);
});

test("thinking first is asked for by a system message, and nothing is left after clearing", () => {
  const conversation = new Conversation();
  conversation.begin("old").reply = "gone";
  conversation.clear();
  const turn = conversation.begin("2 + 2?");
  expect(conversation.requestFor(turn, { think: true }).messages).toEqual([
    { role: "system", content: "Think step by step." },
    { role: "user", content: "2 + 2?" },
  ]);
});
