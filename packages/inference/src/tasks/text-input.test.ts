import { collect, from } from "@iftk/core";
import { implement } from "@iftk/core/task";
import { stageLaws, taskLaws } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { embeddings } from "./embedding.js";
import { textClassification } from "./text-classification.js";
import { joinText, joinTexts, splitText } from "./text-input.js";

stageLaws("splitText", { stage: () => splitText, input: ["One. Two! Three?"], output: ["One. ", "Two! ", "Three?"] });
stageLaws("joinText", { stage: () => joinText(), input: ["One. ", "", "Tw", "o!"], output: ["One. Two!"] });

const shouting = implement(textClassification, { unary: (text) => ({ results: [{ label: "shouting", score: text === text.toUpperCase() ? 1 : 0 }] }) });
taskLaws("textClassification", { task: textClassification, implementation: shouting, wholes: ["", "HEY! YOU! 😀", "hush. "] });

test("what was split and joined is the same text, whatever is in it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      expect(await joinText()(splitText(text))).toBe(text);
    }),
  );
});

test("a text that is too long is refused as soon as that is known", async () => {
  const tooLarge = { code: "resource_exhausted", reason: "too-large", message: "text: it has more than 4 characters; send less, or use a flavour that takes a stream" };
  async function* endless() {
    for (;;) yield "abc";
  }
  expect(await joinText({ maxLength: 4 })(from(["ab", "cd"]))).toBe("abcd");
  await expect(joinText({ maxLength: 4 })(endless())).rejects.toMatchObject(tooLarge);
  await expect(joinTexts({ maxLength: 4 })(from(["", "", "", "", ""]))).rejects.toMatchObject(tooLarge);
});

test("texts of a list are its parts", async () => {
  const texts = ["a", "", "b"];
  expect([await collect(embeddings.splitInput(texts)), await embeddings.joinInput(from(texts))]).toEqual([texts, texts]);
});
