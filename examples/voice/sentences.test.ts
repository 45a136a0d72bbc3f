import { collect } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sentences } from "./sentences.js";

stageLaws("sentences", { stage: () => sentences(), input: ["One. Tw", "o! Three"], output: ["One.", "Two!", "Three"] });

const cut = (...chunks: string[]): Promise<string[]> => collect(sentences()(feed(...chunks)));

test("question and exclamation marks end sentences, decimals and abbreviations before lower case do not, and the last needs no mark", async () => {
  expect(await cut("Really? Yes! It costs 3.5 euros. We met at 3 p.m. on Monday, e.g. here. And so it went")).toEqual([
    "Really?", "Yes!", "It costs 3.5 euros.", "We met at 3 p.m. on Monday, e.g. here.", "And so it went",
  ]);
});

test("a sentence comes as soon as it is certain", async () => {
  const iterator = sentences()(feed("One. ", "T", "wo."))[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: false, value: "One." });
  await iterator.return?.();
});

test("nothing but space gives nothing", async () => {
  expect([await cut(), await cut(" ", "\n\n"), await cut("")]).toEqual([[], [], []]);
});

const whole = (text: string): string[] => Array.from(new Intl.Segmenter("en", { granularity: "sentence" }).segment(text), ({ segment }) => segment.trim()).filter((segment) => segment !== "");

const awkward = fc.array(fc.oneof(fc.constantFrom(". ", "? ", "! ", "3.", "5 ", "a", "A", " (", ") ", '"', "…", "。", "\n", "\r\n", "p.m. ", "e.g. ", "é", "e\u0301", "😀", "𝒜", "\u2029", ",", "-", "etc. "), fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 24 }).map((parts) => parts.join(""));

test("however the text is cut into chunks, the sentences are those of the whole text", async () => {
  await fc.assert(
    fc.asyncProperty(awkward, fc.array(fc.nat(60), { maxLength: 12 }), async (text, cuts) => {
      const places = [0, ...cuts.filter((place) => place < text.length).sort((a, b) => a - b), text.length];
      const chunks = places.slice(1).map((place, index) => text.slice(places[index], place));
      expect(await cut(...chunks)).toEqual(whole(text));
      expect(await cut(...text.split(""))).toEqual(whole(text));
    }),
    { numRuns: 500 },
  );
});
