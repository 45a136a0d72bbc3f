import { StageError } from "@iftk/core";
import { failing, turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run, textInPieces } from "../fixtures/pieces.js";
import { decode, encode, letterCase, lines, lower, prefix, replace, sentences, template, text, upper, words } from "../index.js";

const whole = (pieces: readonly string[]): string => pieces.join("");

describe("however a text is cut", () => {
  const lossless = { sentences: sentences({ maximum: 20 }), words: words({ keep: "all" }), "words in short stretches": words({ keep: "all", maximum: 5 }), lines: lines({ ends: "keep" }) };
  test.each(Object.entries(lossless))("%s gives the same pieces, and no character is lost", async (_, stage) => {
    await fc.assert(fc.asyncProperty(textInPieces, async ({ text, pieces }) => {
      const given = await run(stage, ...pieces);
      expect([given, whole(given)]).toEqual([await run(stage, text), text]);
    }));
  });

  test("replace gives what it gives for the whole", async () => {
    await fc.assert(fc.asyncProperty(textInPieces, fc.constantFrom("a", "ab", "aba", "abab", "σ ", "\r\n"), fc.constantFrom("", "a", "$&"), async ({ text, pieces }, find, by) => {
      expect(whole(await run(replace({ find, by }), ...pieces))).toBe(text.split(find).join(by));
    }));
  });

  test("decode gives the text that was encoded", async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.nat(100), async (text, cut) => {
      const bytes = await run(encode(), text.replace(/^\uFEFF/u, ""));
      const all = bytes[0] as Uint8Array;
      expect(whole(await run(decode(), all.subarray(0, cut), all.subarray(cut)))).toBe(text.replace(/^\uFEFF/u, ""));
    }));
  });
});

test("sentences are given when the next one has begun, the last one at the end", async () => {
  expect(await run(sentences(), "It rai", "ned. Mr. Fox ", "stayed. The", " end")).toEqual(["It rained. ", "Mr. ", "Fox stayed. ", "The end"]);
});

test("words leaves out blanks and marks, and knows words of languages without blanks", async () => {
  expect([await run(words(), "It's ", "3.5 me", "ters, no?"), await run(words({ locale: "zh" }), "我喜欢", "苹果")]).toEqual([["It's", "3.5", "meters", "no"], ["我", "喜欢", "苹果"]]);
});

test("lines end in a line feed with or without a carriage return, also one that comes later", async () => {
  expect(await run(lines(), "a\r", "\nb\n\nc\rd")).toEqual(["a", "b", "", "c\rd"]);
});

test("a line that is too long is an error that names it, before all of it is there", async () => {
  await expect(run(lines({ maximum: 3 }), "abc\n", "abc", "def", "ghi")).rejects.toThrow(expect.objectContaining({ code: "resource_exhausted", reason: "too-large", message: "lines: line 2 is longer than 3 characters; raise maximum if that is meant to be" }));
});

test("upper and lower keep pieces as they are, by the rules of a language", async () => {
  expect([await run(upper(), "a", "ß"), await run(lower(), "ΑΣ", "I"), await run(letterCase({ to: "lower", locale: "tr" }), "I"), await run(letterCase({ to: "upper" }), "i")]).toEqual([["A", "SS"], ["ας", "i"], ["ı"], ["I"]]);
});

test("replace leaves pieces one by one when it is not to look across them", async () => {
  expect([await run(replace({ find: "ab", by: "$&", across: false }), "xab", "a", "b"), await run(replace({ find: "ab", by: "c" }), "xab", "a", "b")]).toEqual([["x$&", "a", "b"], ["xc", "c"]]);
});

test("prefix comes before each piece", async () => {
  expect(await run(prefix({ text: "> " }), "a", "b")).toEqual(["> a", "> b"]);
});

test("a template is filled with the value and what is at paths of it, and evaluates nothing", async () => {
  const stage = template({ template: "{{{{{{input}}}} {{ user.names[0] }} {{user[\"a b\"]}}", missing: "empty" });
  expect(await run(stage, { user: { names: ["{{input}}"], "a b": 1 } }, "text")).toEqual(['{{{"user":{"names":["{{input}}"],"a b":1}}}} {{input}} 1', "{{text}}  "]);
});

test("a template finds nothing that a value does not have of its own", async () => {
  for (const path of ["constructor", "__proto__", "toString.name", "length"]) expect(await run(template({ template: `{{${path}}}`, missing: "empty" }), {}, [])).toEqual(["", ""]);
});

test("a place for which there is nothing fails, and says which", async () => {
  await expect(run(template({ template: "{{a.b}}" }), { a: {} })).rejects.toThrow("template: the value has nothing at {{a.b}}; correct the path, or set missing=empty");
});

test.each([
  ["{{a", "the {{ at character 1 is not closed by }}"],
  ["x {{a b}}", 'path "a b": at character 2'],
  ["{{1+1}}", 'path "1+1": at character 1'],
  ["{{}}", 'path "": at character 1'],
])("the template %s is refused", (given, message) => {
  expect(() => template({ template: given })).toThrow(message);
});

test("the text of a reply that is cut off does not end as if it were whole", async () => {
  await expect(run(text(), { type: "text-delta", text: "a" })).rejects.toThrow(expect.objectContaining({ code: "unavailable", reason: "truncated" }));
});

test("bytes that are not UTF-8 are an error, or are replaced", async () => {
  const bytes = new Uint8Array([0x61, 0xff]);
  await expect(run(decode(), bytes)).rejects.toThrow(StageError);
  expect(whole(await run(decode({ invalid: "replace" }), bytes))).toBe("a\uFFFD");
});

test("what was certain before an error is given before it", async () => {
  const given: string[] = [];
  const reading = (async () => {
    for await (const sentence of sentences()(failing(new Error("of the source"), "One. T", "wo."))) given.push(sentence);
  })();
  await expect(reading).rejects.toThrow("of the source");
  await turns();
  expect(given).toEqual(["One. "]);
});

test("properties are checked by name and bound, and languages by their tags", () => {
  expect(() => sentences({ maximum: 1 })).toThrow("element sentences: property maximum");
  expect(() => words({ locale: "no such tag" })).toThrow("element words: property locale: expected a language tag");
  expect(() => upper({ local: "en" } as never)).toThrow("did you mean locale?");
});
