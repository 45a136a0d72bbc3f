import { collect, from, type Stream } from "@iftk/core";
import { hang, stageLaws } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sentences, sentencesOf } from "./sentences.js";

const text = "It rained. Nobody minded! “Who cares?” she said.\r\nThe end";
const pieces = ["It rained. ", "Nobody minded! ", "“Who cares?” ", "she said.\r\n", "The end"];

stageLaws("sentences", { stage: () => sentences(), input: ["One. Tw", "o. Three. Fo", "ur"], output: sentencesOf("One. Two. Three. Four") });

/** Characters among which sentences end, go on, and change their mind. */
const awkward = fc.constantFrom(..."aBé.!?;,:1 \u00A0\n\r\"'”)(…。！？日אب\u0301\u200D\u00AD\u2029\u0085\u0E01\u037E\u05F3", "😀", "𞤀", "👨‍👩‍👧", "\uD83D", "\uDE00", ". ", ".\n", "e.g. ", "\r\n");
const awkwardText = fc.array(awkward, { maxLength: 60 }).map((characters) => characters.join(""));

/** The text in pieces, cut anywhere, empty ones among them. */
const inPieces = (texts: fc.Arbitrary<string>) =>
  fc.tuple(texts, fc.array(fc.nat(200), { maxLength: 30 })).map(([text, cuts]) => {
    const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((one, other) => one - other), text.length];
    return places.slice(1).map((place, index) => text.slice(places[index], place));
  });

const splitTo = (parts: readonly string[], options = {}) => collect(sentences(options)(from(parts)));

/** A stream of the values that notes how many were asked for. */
async function* counted(values: readonly string[], asked: string[]): Stream<string> {
  for (const value of values) {
    asked.push(value);
    yield value;
  }
}

describe("sentences", () => {
  test("gives the sentences of a text with their places", () => {
    const found = sentencesOf(text);
    expect(found.map((sentence) => sentence.text)).toEqual(pieces);
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(pieces);
  });

  test("gives a sentence once the next one has begun, and not before that is certain", async () => {
    const asked: string[] = [];
    const given = sentences()(counted(["It costs 3.", " 50", " or so. ", "(", "1) ", "Then", " more"], asked))[Symbol.asyncIterator]();
    expect([(await given.next()).value, asked.length]).toEqual([{ start: 0, end: 22, text: "It costs 3. 50 or so. " }, 6]);
    await given.return?.();
  });

  test("gives what it has while the source hangs", async () => {
    const given = sentences()(hang("One. Two. Thr"))[Symbol.asyncIterator]();
    expect([(await given.next()).value, (await given.next()).value]).toEqual(sentencesOf("One. Two. Three").slice(0, 2));
    void given.return?.();
  });

  test("gives nothing for no text", async () => {
    expect([await splitTo([]), await splitTo(["", ""]), sentencesOf("")]).toEqual([[], [], []]);
  });

  test("are those of Intl.Segmenter, however the text was cut", async () => {
    const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
    await fc.assert(
      fc.asyncProperty(inPieces(awkwardText), async (parts) => {
        expect((await splitTo(parts)).map((sentence) => sentence.text)).toEqual(Array.from(segmenter.segment(parts.join("")), ({ segment }) => segment));
      }),
      { numRuns: 2000 },
    );
  });

  test("are the same however the text was cut where they are too long, and together they are the text", async () => {
    await fc.assert(
      fc.asyncProperty(inPieces(awkwardText), fc.integer({ min: 2, max: 12 }), async (parts, maxLength) => {
        const found = await splitTo(parts, { maxLength });
        expect(found).toEqual(sentencesOf(parts.join(""), { maxLength }));
        expect(found.map((sentence) => sentence.text).join("")).toBe(parts.join(""));
        expect(found.every((sentence) => sentence.text.length <= maxLength && sentence.text.length === sentence.end - sentence.start)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("that are too long are cut after a blank, or between characters", () => {
    const cut = (long: string) => sentencesOf(long, { maxLength: 8 }).map((sentence) => sentence.text);
    expect([cut("one two three four"), cut("aaaaaaaaaaaa"), cut("aaaaaaa😀aaa")]).toEqual([
      ["one two ", "three ", "four"],
      ["aaaaaaa", "aaaaa"],
      ["aaaaaaa", "😀aaa"],
    ]);
  });

  test("of a language follow its rules", () => {
    const greek = "Τι κάνεις; Καλά.";
    expect([sentencesOf(greek, { locale: "el" }).length, sentencesOf(greek).length]).toEqual([2, 1]);
  });

  test("a long text without an end of a sentence takes time in proportion to its length", async () => {
    const parts = Array.from({ length: 100_000 }, () => "word ");
    expect((await splitTo(parts)).map((sentence) => sentence.text).join("")).toBe(parts.join(""));
  }, 5000);

  test.each([
    [{ maxLength: 1 }, "sentences: maxLength must be a whole number from 2 on, not 1"],
    [{ maxLength: Infinity }, "sentences: maxLength must be a whole number from 2 on, not Infinity"],
    [{ locale: "not a locale" }, 'locale: expected a language tag such as "en" or "pt-BR"; got "not a locale"'],
  ])("%o is refused", (options, message) => {
    expect(() => sentences(options)).toThrow(expect.objectContaining({ code: "invalid_argument", message }));
  });
});
