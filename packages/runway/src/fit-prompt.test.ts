import fc from "fast-check";
import { expect, test } from "vitest";
import { fitPrompt } from "./fit-prompt.js";

test.each<[string, string, number, string]>([
  ["is kept where it is short enough", " A fox. It jumps. ", 20, "A fox. It jumps."],
  ["keeps the sentences that fit", "A fox. It jumps! It runs away.", 20, "A fox. It jumps!"],
  ["keeps a sentence with the quotation mark that ends it", "“A fox!” he cried. And more.", 12, "“A fox!”"],
  ["does not take a decimal point for an end", "A fox. It is 3.14159 long and goes on", 15, "A fox."],
  ["ends with a sentence that fits exactly", "A fox. It jumps. It runs.", 16, "A fox. It jumps."],
  ["keeps sentences without white space between them", "狐。跳ぶ。走る。", 6, "狐。跳ぶ。"],
  ["keeps as many characters as fit where no sentence ends", "a".repeat(1500), 1000, "a".repeat(1000)],
  ["cuts no character in two", "😀😀😀", 3, "😀"],
])("a prompt %s", (_, prompt, longest, expected) => {
  expect(fitPrompt(prompt, longest)).toBe(expected);
});

test("it fits, is a beginning of the prompt, and is well-formed, whatever the prompt", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 2, max: 100 }), (prompt, longest) => {
      const fitted = fitPrompt(prompt, longest);
      expect([fitted.length <= longest, prompt.trim().startsWith(fitted), fitted.isWellFormed()]).toEqual([true, true, true]);
    }),
  );
});
