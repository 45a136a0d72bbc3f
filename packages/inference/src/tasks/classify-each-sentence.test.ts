import { bidi, collect, type Call, from, pipe, type Stream, unary } from "@iftk/core";
import { implement } from "@iftk/core/task";
import { feed, hang, stageLaws, taskLaws, turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyEachSentence, type SentenceSpan } from "./classify-each-sentence.js";
import { textClassification } from "./text-classification.js";
import { tokenClassification } from "./token-classification.js";

/** Finds words with a capital in the midst of a sentence, less surely when they are short. */
function names(sentence: string): SentenceSpan[] {
  return Array.from(sentence.matchAll(/(?<= )\p{Lu}\p{L}*/gu), ({ 0: word, index }) => ({ entity: "name", score: word.length > 3 ? 0.9 : 0.4, start: index, end: index + word.length }));
}

const found = (start: number, word: string, score = 0.9) => ({ start, end: start + word.length, word, entity: "name", score });
const text = "Then Alice came. It rained!  We saw Bob and Carol.\n\nNobody else 😀 but Dave.";
const spans = [found(5, "Alice"), found(44, "Carol"), found(71, "Dave")];
const stretches = [
  { results: [spans[0]], startIndex: 0, processedIndex: 17 },
  { results: [], startIndex: 17, processedIndex: 29 },
  { results: [spans[1]], startIndex: 29, processedIndex: 51 },
  { results: [], startIndex: 51, processedIndex: 52 },
  { results: [spans[2]], startIndex: 52, processedIndex: 76 },
];
const finder = classifyEachSentence(names);

taskLaws("tokenClassification", { task: tokenClassification, implementation: finder, wholes: ["", " \n", text, "no end", text.repeat(5)] });
taskLaws("tokenClassification with a threshold, three sentences ahead", {
  task: tokenClassification,
  implementation: classifyEachSentence(unary(async (sentence: string) => names(sentence)), { ahead: 3 }),
  wholes: [text],
  parameters: { threshold: 0.3 },
});
stageLaws("classifyEachSentence", { stage: () => finder.bidi, input: ["One Alice. Two ", "Carol. Three ", "Dave."] });
stageLaws("classifyEachSentence with sentences ahead", { stage: () => classifyEachSentence(names, { ahead: 2 }).bidi, input: ["One Alice. ", "Two Carol. ", "Three Dave. ", "Four."], readsAhead: 4 });

describe("classifyEachSentence", () => {
  test("gives the spans of each sentence, and an empty result for a clean one", async () => {
    expect(await collect(finder.outputStream(text))).toEqual(stretches);
  });

  test("gives the same spans as a stream as whole, however the text was cut", async () => {
    expect(await finder.run(text)).toEqual({ results: spans });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 20 }), async (cuts) => {
        const places = [0, ...cuts.sort((one, other) => one - other), text.length];
        const parts = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(await collect(finder.bidi(from(parts)))).toEqual(stretches);
      }),
    );
  });

  test("gives the spans of two sentences while the source hangs in the third", async () => {
    const given = finder.bidi(hang("Then Al", "ice came. And Ca", "rol. Bu"))[Symbol.asyncIterator]();
    expect([(await given.next()).value, (await given.next()).value]).toEqual([
      { results: [found(5, "Alice")], startIndex: 0, processedIndex: 17 },
      { results: [found(21, "Carol")], startIndex: 17, processedIndex: 28 },
    ]);
    void given.return?.();
  });

  test("gives one empty result for an empty text", async () => {
    const empty = { results: [], startIndex: 0, processedIndex: 0 };
    expect([await collect(finder.bidi(feed())), await collect(finder.bidi(feed("", ""))), await collect(finder.outputStream(""))]).toEqual([[empty], [empty], [empty]]);
  });

  test("leaves out what is below the threshold", async () => {
    const results = async (threshold: number) => (await finder.with({ threshold }).run(text)).results.map(({ word }) => word);
    expect([await results(0), await results(0.4), await results(0.9), await results(1)]).toEqual([["Alice", "Bob", "Carol", "Dave"], ["Alice", "Bob", "Carol", "Dave"], ["Alice", "Carol", "Dave"], []]);
  });

  test("works on so many sentences ahead, and keeps their order", async () => {
    let running = 0;
    let most = 0;
    const slow = async (sentence: string): Promise<SentenceSpan[]> => {
      most = Math.max(most, ++running);
      await turns(sentence.length % 5);
      running--;
      return [{ entity: sentence, score: 1 }];
    };
    const sentences = ["A one. ", "Aaa two. ", "Aaaaa three. ", "Aa four. ", "Aaaa five. "];
    const order = (await collect(classifyEachSentence(slow, { ahead: 2 }).bidi(from(sentences)))).map(({ results }) => results[0]?.entity);
    expect([order, most]).toEqual([sentences.map((sentence) => sentence.trim()), 3]);
  });

  test("makes a sentence a span of each of the classes that a text classification finds", async () => {
    const rude = implement(textClassification, { unary: (sentence) => ({ results: [{ label: "rude", score: sentence.includes("!") ? 0.8 : 0.1 }] }) });
    expect(await classifyEachSentence(rude).run("  Well. Go away!  Please.")).toEqual({ results: [{ start: 8, end: 16, word: "Go away!", entity: "rude", score: 0.8 }] });
  });

  test("streams entities out of a text that is still being written", async () => {
    const words = bidi(async function* words(tokens: Stream<string>) {
      yield* tokens;
    });
    const given = pipe(words, finder.bidi)(hang("Ask", " Alice", ".", " Then", " ask"))[Symbol.asyncIterator]();
    expect((await given.next()).value).toEqual({ results: [found(4, "Alice")], startIndex: 0, processedIndex: 11 });
    void given.return?.();
  });

  test("gives its signal to the classifier, and fails with the error of it", async () => {
    const error = new Error("no model");
    const failing = classifyEachSentence((_sentence: string, { signal }: Call) => {
      expect(signal.aborted).toBe(false);
      throw error;
    });
    await expect(failing.run(text)).rejects.toBe(error);
  });

  test.each([
    [{ start: -1 }, "from -1 to 6"],
    [{ start: 2, end: 7 }, "from 2 to 7"],
    [{ start: 3, end: 2 }, "from 3 to 2"],
    [{ start: 0.5 }, "from 0.5 to 6"],
  ])("refuses a span %o that is not within its sentence", async (place, where) => {
    const wrong = classifyEachSentence(() => [{ entity: "x", score: 1, ...place }]);
    await expect(wrong.run("A dog. ")).rejects.toMatchObject({ code: "internal", message: `the classifier found "x" ${where} in a sentence of 6 characters` });
  });

  test("refuses options that do not fit", () => {
    expect(() => classifyEachSentence(names, { ahead: -1 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => classifyEachSentence(names, { maxLength: 0 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

test("spans of whole results are split into stretches that never go back", async () => {
  const results = [found(10, "later"), found(2, "earlier")];
  expect(await collect(tokenClassification.splitOutput({ results }))).toEqual([
    { results: [results[0]], startIndex: 0, processedIndex: 15 },
    { results: [results[1]], startIndex: 15, processedIndex: 15 },
  ]);
});
