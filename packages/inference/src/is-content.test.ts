import { expect, test } from "vitest";
import { isContent } from "./is-content.js";

test("what a reply is made of is content, and what only accompanies it is none", () => {
  const content = [
    { type: "text-delta", text: "a" }, { type: "reasoning-delta", text: "b" }, { type: "refusal-delta", text: "c" }, { type: "tool-call-start" }, { type: "tool-call-delta" }, { type: "tool-call" },
    { type: "media-start" }, { type: "media-delta", bytes: Uint8Array.of(1) }, { type: "segment" }, { type: "analysis" }, { type: "finish" }, { type: "a part of yours" }, "a text", 0, null,
  ];
  const none = [
    { type: "text-delta", text: "" }, { type: "reasoning-delta", text: "" }, { type: "media-delta", bytes: new Uint8Array() }, { type: "warning" }, { type: "usage" }, { type: "progress" }, { type: "rollback", count: 1 },
  ];
  expect([content.filter((part) => !isContent(part)), none.filter(isContent)]).toEqual([[], []]);
});
