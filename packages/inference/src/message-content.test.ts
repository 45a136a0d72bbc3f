import { expect, test } from "vitest";
import type { Message } from "./message.js";
import { contentOf, textOf } from "./message-content.js";

const image: Message = { role: "user", content: [{ type: "text", text: "What is " }, { type: "image", image: { url: "https://example.com/a.png" } }] };

test("the content of a message is a list, of a text a list of one, of an empty text none", () => {
  expect([contentOf({ role: "user", content: "hi" }), contentOf({ role: "assistant", content: "" }), contentOf(image)]).toEqual([[{ type: "text", text: "hi" }], [], image.content]);
});

test("the text of a message leaves out reasoning, and refuses what text cannot say", () => {
  const thought: Message = { role: "assistant", content: [{ type: "reasoning", text: "Hm." }, { type: "text", text: "Yes" }, { type: "text", text: "!" }] };
  expect([textOf(thought, "tiny"), textOf({ role: "system", content: "Be brief." }, "tiny")]).toEqual(["Yes!", "Be brief."]);
  expect(() => textOf(image, "tiny")).toThrow('tiny: a message with content of type "image" cannot be given to this model; it takes text');
});
