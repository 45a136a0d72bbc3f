import { collect, from } from "@iftk/core";
import { hang, stageLaws, taskLaws } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunkerTokenization } from "./chunker-tokenization.js";
import { sentenceChunker } from "./sentence-chunker.js";

const chunker = sentenceChunker();

taskLaws("sentenceChunker", {
  task: chunkerTokenization,
  implementation: chunker,
  wholes: ["", " ", "One. Two! Three?\n\nFour"],
  cut: (whole, random) => Array.from(whole, (text, index) => (random.below(4) === 0 ? { text } : { text, inputIndex: index * 3 })),
});
stageLaws("sentenceChunker", { stage: () => chunker.bidi, input: [{ text: "One. Tw" }, { text: "o. Three. Fo" }, { text: "ur" }] });

describe("sentenceChunker", () => {
  test("says in which parts each chunk came", async () => {
    const parts = ["One", ".", " ", "Two", ".", " Three. Four"].map((text, index) => ({ text, inputIndex: 10 + index }));
    expect(await collect(chunker.bidi(from(parts)))).toEqual([
      { results: [{ start: 0, end: 4, text: "One." }], startIndex: 0, processedIndex: 5, tokenCount: 1, inputStartIndex: 10, inputEndIndex: 12 },
      { results: [{ start: 5, end: 9, text: "Two." }], startIndex: 5, processedIndex: 10, tokenCount: 1, inputStartIndex: 13, inputEndIndex: 15 },
      { results: [{ start: 10, end: 16, text: "Three." }], startIndex: 10, processedIndex: 17, tokenCount: 1, inputStartIndex: 15, inputEndIndex: 15 },
      { results: [{ start: 17, end: 21, text: "Four" }], startIndex: 17, processedIndex: 21, tokenCount: 1, inputStartIndex: 15, inputEndIndex: 15 },
    ]);
  });

  test("counts parts without an index, and those without text", async () => {
    const [first, second] = await collect(chunker.bidi(from([{ inputIndex: 7 }, { text: "One. " }, {}, { text: "Two" }])));
    expect([first?.inputStartIndex, first?.inputEndIndex, second?.inputStartIndex, second?.inputEndIndex]).toEqual([1, 1, 3, 3]);
  });

  test("gives a chunk while the source hangs in the next", async () => {
    const given = chunker.bidi(hang({ text: "One. " }, { text: "Two" }))[Symbol.asyncIterator]();
    expect((await given.next()).value).toMatchObject({ results: [{ text: "One." }], inputStartIndex: 0, inputEndIndex: 0 });
    void given.return?.();
  });

  test("gives one empty result for no text", async () => {
    expect(await collect(chunker.bidi(from([{ text: "" }])))).toEqual([{ results: [], startIndex: 0, processedIndex: 0, tokenCount: 0 }]);
  });

  test("names for each chunk the parts that hold its first and its last character", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom(..."aB. \n1"), maxLength: 6 }), { maxLength: 20 }), async (texts) => {
        const partAt = texts.flatMap((text, index) => Array.from(text, () => index));
        const found = await collect(chunker.bidi(from(texts.map((text, inputIndex) => ({ text, inputIndex })))));
        for (const { startIndex, processedIndex, inputStartIndex, inputEndIndex } of found) {
          expect([inputStartIndex, inputEndIndex]).toEqual([partAt[startIndex], partAt[processedIndex - 1]]);
        }
      }),
    );
  });
});
