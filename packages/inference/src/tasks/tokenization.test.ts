import { collect, from } from "@iftk/core";
import { hang, stageLaws, taskLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { implement } from "@iftk/core/task";
import { tokenization } from "./tokenization.js";
import { type Tokenizer, tokenizationByTokenizer } from "./tokenization-by-tokenizer.js";
import { sentenceTokenization, wordTokenization } from "./sentence-tokenization.js";

const text = "  Hello, world.\n\nIt's 3.5 °C 😀. Naïve";
const wholes = ["", "  \n", text, "日本語です。それは", `${"long word ".repeat(50)}. End`];

taskLaws("sentenceTokenization", { task: tokenization, implementation: sentenceTokenization(), wholes });
taskLaws("wordTokenization", { task: tokenization, implementation: wordTokenization({ maxLength: 40 }), wholes });
stageLaws("sentenceTokenization", { stage: () => sentenceTokenization().bidi, input: ["One. Tw", "o. Three."] });

const texts = (tokens: { readonly results: readonly { readonly text: string }[] }) => tokens.results.map((token) => token.text);

describe("tokenizations by the rules of Unicode", () => {
  test("into sentences leave out the blanks around them", async () => {
    expect(await sentenceTokenization().run(text)).toEqual({
      results: [
        { start: 2, end: 15, text: "Hello, world." },
        { start: 17, end: 32, text: "It's 3.5 °C 😀." },
        { start: 33, end: 38, text: "Naïve" },
      ],
      tokenCount: 3,
    });
  });

  test("into words keep marks and leave out blanks", async () => {
    const words = await wordTokenization().run(text);
    expect([texts(words), words.tokenCount]).toEqual([["Hello", ",", "world", ".", "It's", "3.5", "°", "C", "😀", ".", "Naïve"], 11]);
    expect(words.results.every(({ start, end, text: word }) => text.slice(start, end) === word)).toBe(true);
  });

  test("follow the language", async () => {
    expect(texts(await wordTokenization({ locale: "ja" }).run("日本語です"))).toEqual(["日本語", "です"]);
  });

  test("give stretches that tile the text, an empty one for blanks", async () => {
    expect(await collect(wordTokenization().bidi(from(["Oh", " no.\n", "\n", "Yes"])))).toEqual([
      { results: [{ start: 0, end: 2, text: "Oh" }, { start: 3, end: 5, text: "no" }, { start: 5, end: 6, text: "." }], startIndex: 0, processedIndex: 7, tokenCount: 3 },
      { results: [], startIndex: 7, processedIndex: 8, tokenCount: 0 },
      { results: [{ start: 8, end: 11, text: "Yes" }], startIndex: 8, processedIndex: 11, tokenCount: 1 },
    ]);
  });

  test("give tokens while the source hangs", async () => {
    const given = sentenceTokenization().bidi(hang("One. Two"))[Symbol.asyncIterator]();
    expect((await given.next()).value).toMatchObject({ results: [{ text: "One." }], processedIndex: 5 });
    void given.return?.();
  });
});

test("a count without tokens, or that differs from theirs, is kept when results are split", async () => {
  const counted = (results: { start: number; end: number; text: string }[]) => implement(tokenization, { unary: () => ({ results, tokenCount: 7 }) });
  const token = { start: 0, end: 1, text: "a" };
  expect([await collect(counted([]).bidi(from(["a"]))), await collect(counted([token, token]).bidi(from(["a"])))]).toEqual([
    [{ results: [], startIndex: 0, processedIndex: 0, tokenCount: 7 }],
    [
      { results: [token], startIndex: 0, processedIndex: 1, tokenCount: 0 },
      { results: [token], startIndex: 1, processedIndex: 1, tokenCount: 7 },
    ],
  ]);
});

/** A tokenizer whose tokens are the given strings in Latin-1, which stand for bytes. */
const tokensOf = (...bytes: readonly string[]): Tokenizer => ({
  tokenize: () => Int32Array.from(bytes, (_, index) => index),
  tokenBytes: (token) => Uint8Array.from(bytes[token] ?? "", (unit) => unit.charCodeAt(0)),
});

describe("tokenizationByTokenizer", () => {
  test("places the tokens of a model, those within a character on the whole of it", async () => {
    const emoji = String.fromCharCode(...new TextEncoder().encode("😀"));
    expect(await tokenizationByTokenizer(tokensOf("", "a", " b", emoji.slice(0, 1), `${emoji.slice(1)}c`)).run("a b😀c")).toEqual({
      results: [
        { start: 0, end: 0, text: "" },
        { start: 0, end: 1, text: "a" },
        { start: 1, end: 3, text: " b" },
        { start: 3, end: 5, text: "😀" },
        { start: 3, end: 6, text: "😀c" },
      ],
      tokenCount: 5,
    });
  });

  test("leaves out a space that the tokenizer put before the text", async () => {
    expect(await tokenizationByTokenizer(tokensOf(" a", "b")).run("ab")).toEqual({ results: [{ start: 0, end: 1, text: "a" }, { start: 1, end: 2, text: "b" }], tokenCount: 2 });
  });

  test("counts tokens that are not the bytes of the text", async () => {
    const counts = async (tokenizer: Tokenizer, input: string) => tokenizationByTokenizer(tokenizer).run(input);
    expect([await counts(tokensOf("a", "b"), "AB"), await counts(tokensOf("a"), "ab"), await counts(tokensOf("x", "a"), "a"), await counts(tokensOf(), "")]).toEqual([
      { results: [], tokenCount: 2 },
      { results: [], tokenCount: 1 },
      { results: [], tokenCount: 2 },
      { results: [], tokenCount: 0 },
    ]);
  });
});
