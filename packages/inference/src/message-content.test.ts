import { expect, test } from "vitest";
import { message, type AssistantContent, type Message } from "./message.js";
import { addText, asContent, contentOf, textOf } from "./message-content.js";

const image: Message = { role: "user", content: [{ type: "text", text: "What is " }, { type: "image", image: { url: "https://example.com/a.png" } }] };

test("the content of a message is a list, of a text a list of one, of an empty text none", () => {
  expect([contentOf({ role: "user", content: "hi" }), contentOf({ role: "assistant", content: "" }), contentOf(image)]).toEqual([[{ type: "text", text: "hi" }], [], image.content]);
});

test("the text of a message leaves out reasoning, and refuses what text cannot say", () => {
  const thought: Message = { role: "assistant", content: [{ type: "reasoning", text: "Hm." }, { type: "text", text: "Yes" }, { type: "text", text: "!" }] };
  expect([textOf(thought, "tiny"), textOf({ role: "system", content: "Be brief." }, "tiny")]).toEqual(["Yes!", "Be brief."]);
  expect(() => textOf(image, "tiny")).toThrow('tiny: a message with content of type "image" cannot be given to this model; it takes text');
});

const said = (...pieces: readonly Parameters<typeof addText>[1][]): AssistantContent[] => {
  const content: AssistantContent[] = [];
  for (const piece of pieces) addText(content, piece);
  return content;
};

test("pieces of one phase are one text, and empty ones end none", () => {
  expect(said({ text: "I " }, { text: "", phase: "answer" }, { text: "look." }, { text: "A ", phase: "answer" }, { text: "cat.", phase: "answer" }, { text: "Hm.", phase: "commentary" }, { text: "?", phase: undefined })).toStrictEqual([
    { type: "text", text: "I look." },
    { type: "text", text: "A cat.", phase: "answer" },
    { type: "text", text: "Hm.", phase: "commentary" },
    { type: "text", text: "?" },
  ]);
});

test("content is a bare text where that is all, without a phase", () => {
  const call: AssistantContent = { type: "tool-call", id: "1", name: "look", arguments: {} };
  expect([said(), said({ text: "Hi" }), said({ text: "Hi", phase: "answer" }), [call]].map(asContent)).toStrictEqual(["", "Hi", [{ type: "text", text: "Hi", phase: "answer" }], [call]]);
});

test("the text of a message is that of all phases", () => {
  expect(textOf({ role: "assistant", content: said({ text: "I look. ", phase: "commentary" }, { text: "A cat.", phase: "answer" }) }, "tiny")).toBe("I look. A cat.");
});

test.each([
  ["assistant", "answer", true],
  ["assistant", "commentary", true],
  ["assistant", "final_answer", false],
  ["user", "answer", false],
  ["tool", "answer", false],
])("a text of the %s may be of the phase %j: %s", (role, phase, isTaken) => {
  expect(message.safeParse({ role, content: [{ type: "text", text: "Hi", phase }] }).success).toBe(isTaken);
});
