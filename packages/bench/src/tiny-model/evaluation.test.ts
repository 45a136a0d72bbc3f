import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { evaluate, heldOut, questionsOf } from "./evaluation.js";

const conversation = heldOut.parse({
  class: "small talk",
  messages: [
    { role: "user", content: "hi" },
    { role: "assistant", content: "Hello!", checks: [{ row: "talks", kind: "no-call" }] },
    { role: "user", content: "bye" },
    { role: "assistant", content: "Goodbye!", checks: [{ row: "talks", kind: "exact", text: "no model says this" }] },
  ],
});

test("each turn of the assistant is asked for after the turns before it as they should be", () => {
  expect(questionsOf([conversation]).map(({ request }) => request.messages.map(({ content }) => content))).toEqual([["hi"], ["hi", "Hello!", "bye"]]);
});

test("the embedded model is asked, and what holds is counted", async () => {
  const failed: string[] = [];
  const rows = await evaluate(tinyModelPath, [conversation], ({ question, failed: [row] }) => row && failed.push(`${question}: ${row}`));
  expect([rows, failed]).toEqual([[{ name: "stops by itself", right: 2, of: 2 }, { name: "talks", right: 1, of: 2 }], ["bye: talks"]]);
});
