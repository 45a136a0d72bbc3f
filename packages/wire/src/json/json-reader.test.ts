import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { same } from "../fixtures/same-json.js";
import { cutAt, jsonText, nearlyJsonText, plainJsonText } from "../fixtures/json-texts.js";
import { jsonReader } from "./json-reader.js";
import type { JsonReaderOptions } from "./json-scanner.js";

const cuts = fc.array(fc.nat(), { maxLength: 12 });

function read(pieces: Iterable<string>, options?: JsonReaderOptions): unknown {
  const reader = jsonReader(options);
  for (const piece of pieces) reader.push(piece);
  return reader.end();
}

/** The values that there are after each piece, as they are after the last. */
function valuesOf(pieces: Iterable<string>): unknown[] {
  const reader = jsonReader();
  return [...pieces].map((piece) => (reader.push(piece), reader.value));
}

function failureOf(text: string, options?: JsonReaderOptions): unknown {
  const reader = jsonReader(options);
  reader.push(text);
  return reader.error && [reader.error.code, reader.error.reason, reader.error.message];
}

describe("the whole value", () => {
  test("is what JSON.parse gives, however the text is cut and whenever the value is looked at", () => {
    fc.assert(
      fc.property(jsonText, cuts, fc.boolean(), (text, places, isLookedAt) => {
        const reader = jsonReader();
        for (const piece of cutAt(text, places)) {
          reader.push(piece);
          if (isLookedAt) void reader.value;
        }
        const whole = reader.end();
        expect([same(whole, JSON.parse(text)), same(read(text), whole)]).toEqual([true, true]);
      }),
      { numRuns: 500 },
    );
  });

  test("is given for just those texts that JSON.parse takes, and for no other", () => {
    fc.assert(
      fc.property(nearlyJsonText, cuts, (text, places) => {
        let expected: { value: unknown } | undefined;
        try {
          expected = { value: JSON.parse(text) };
        } catch {
          expect(() => read(cutAt(text, places))).toThrow(expect.objectContaining({ name: "StageError", reason: expect.stringMatching(/^(truncated|malformed)$/) }));
        }
        if (expected) expect(same(read(cutAt(text, places)), expected.value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(["", " ", "{", "[", '"', '"a', '"\\', '"\\u00', "-", "1.", "1e", "1e+", "tru", '{"a"', '{"a":', '{"a":1', '{"a":1,', "[1", "[1,", '[{"a":[]}'])("is not made of %j, which is cut off", (text) => {
    expect(() => read([text])).toThrow(expect.objectContaining({ code: "unavailable", reason: "truncated" }));
  });

  test("is the same when the end is told twice", () => {
    const reader = jsonReader();
    reader.push("[12");
    expect(() => reader.end()).toThrow("cut off after 3 characters: the rest of a number is missing");
    expect(() => reader.end()).toThrow("cut off");
    const number = jsonReader();
    number.push("12");
    expect([number.value, number.end(), number.end(), number.value]).toEqual([undefined, 12, 12, 12]);
  });
});

test("a value is told to be whole at its last character, also when something else follows", () => {
  const wholeAfter = (text: string): unknown[] => {
    const reader = jsonReader();
    reader.push(text);
    return [reader.isWhole, reader.value, reader.error?.reason];
  };
  expect([wholeAfter('{"a":[]'), wholeAfter('{"a":[]}'), wholeAfter('{"a":[]} and'), wholeAfter("12"), wholeAfter("12 ")]).toEqual([[false, { a: [] }, undefined], [true, { a: [] }, undefined], [true, { a: [] }, "malformed"], [false, undefined, undefined], [true, 12, undefined]]);
});

describe("the partial value", () => {
  it.each<[string, string, unknown]>([
    ["a string as far as it has come", '{"a":"Hel', { a: "Hel" }],
    ["an empty string when it begins", '["', [""]],
    ["no half of an escape", '["a\\', ["a"]],
    ["no half of an escaped character", '["a\\u00e', ["a"]],
    ["no half of an escaped surrogate pair", '["a\\ud83d', ["a"]],
    ["no half of a second escape of a pair", '["a\\ud83d\\ude0', ["a"]],
    ["no half of a surrogate pair", '["a\ud83d', ["a"]],
    ["a lone surrogate once it is known to be lone", '["\\ud83dx', ["\ud83dx"]],
    ["no number that may go on", "[1,23", [1]],
    ["a number that has ended", "[1,23 ", [1, 23]],
    ["no half of a literal", "[true,nul", [true]],
    ["no key without a value", '{"a":1,"b":', { a: 1 }],
    ["no half of a key", '{"a":1,"b', { a: 1 }],
    ["nothing before the value begins", "  ", undefined],
    ["containers as they open", '{"a":[{"b":{', { a: [{ b: {} }] }],
    ["the later of two members with one key", '{"a":{"x":1},"b":2,"a":[', { a: [], b: 2 }],
  ])("shows %s", (_name, text, value) => {
    expect(valuesOf([text])).toEqual([value]);
    expect(valuesOf(text).at(-1)).toEqual(value);
  });

  test("only grows, is never changed afterwards, and has no error while the text can still become JSON", () => {
    fc.assert(
      fc.property(plainJsonText, cuts, (text, places) => {
        const reader = jsonReader();
        const seen: [shown: unknown, copy: unknown][] = [];
        for (const piece of cutAt(text, places)) {
          reader.push(piece);
          expect(reader.error).toBeUndefined();
          seen.push([reader.value, structuredClone(reader.value)]);
        }
        seen.push([reader.end(), JSON.parse(text)]);
        for (const [index, [shown, copy]] of seen.entries()) {
          expect(shown).toEqual(copy);
          if (index > 0) expect(isGrown(seen[index - 1]?.[1], copy)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is a new object where it has more and the same where it has not", () => {
    const reader = jsonReader();
    const at = (text: string): { a: { b: object; c: string[] }; d?: object } => (reader.push(text), reader.value) as never;
    const first = at('{"a":{"b":{"x":1},"c":["y"');
    const unchanged = at(' ,  "');
    const second = at("z");
    const third = at('"]},"d":{');
    expect([unchanged === first, unchanged.a.c]).toEqual([false, ["y", ""]]);
    expect([second === first, second.a === first.a, second.a.c === first.a.c, second.a.b === first.a.b]).toEqual([false, false, false, true]);
    expect([third === second, third.a === second.a, first, second]).toEqual([false, true, { a: { b: { x: 1 }, c: ["y"] } }, { a: { b: { x: 1 }, c: ["y", "z"] } }]);
    expect([reader.push(" "), reader.value === third, reader.push('"k" :'), reader.value === third, reader.push("1"), reader.value === third, reader.push("}"), reader.value === third]).toEqual([false, true, false, true, false, true, true, false]);
    const last = reader.value;
    reader.push("}");
    expect(reader.end()).toBe(last);
  });

  test("has members called __proto__ and constructor as its own, and no prototype but Object's", () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"x":["';
    const [value] = valuesOf([text]) as [object];
    const later = valuesOf(text).at(-1) as object;
    expect([Object.keys(value), Object.getPrototypeOf(value) === Object.prototype, Object.keys(later), Object.getPrototypeOf(later) === Object.prototype, "polluted" in {}]).toEqual([["__proto__", "constructor", "x"], true, ["__proto__", "constructor", "x"], true, false]);
  });
});

describe("an error", () => {
  it.each([
    ["x", 'malformed JSON at position 0: expected a value, found "x"'],
    ['{"a":1,}', 'malformed JSON at position 7: expected a key, found "}"'],
    ["[1,]", 'malformed JSON at position 3: expected a value, found "]"'],
    ["[1}", 'malformed JSON at position 2: expected "," or the closing bracket, found "}"'],
    ["{'a':1}", "malformed JSON at position 1: expected a key or \"}\", found \"'\""],
    ['{"a" 1', 'malformed JSON at position 5: expected ":", found "1"'],
    ["01", 'malformed JSON at position 1: expected the end of the text, found "1"'],
    ["[-x", 'malformed JSON at position 2: expected the rest of a number, found "x"'],
    ["[1.e", 'malformed JSON at position 3: expected the rest of a number, found "e"'],
    ["nulx", 'malformed JSON at position 3: expected the rest of true, false or null, found "x"'],
    ['"a\n', 'malformed JSON at position 2: expected the rest of a string, found "\\n"'],
    ['"\\x', 'malformed JSON at position 2: expected the rest of a string, found "x"'],
    ['"\\u12g', 'malformed JSON at position 5: expected the rest of a string, found "g"'],
    ["{} {", 'malformed JSON at position 3: expected the end of the text, found "{"'],
    ["\uFEFF1", 'malformed JSON at position 0: expected a value, found "\uFEFF"'],
  ])("is told at once for %j, with its place", (text, message) => {
    const place = Number(/position (\d+)/u.exec(message)?.[1]);
    expect([failureOf(text.slice(0, place)), failureOf(text.slice(0, place + 1)), failureOf(text)]).toEqual([undefined, ["invalid_argument", "malformed", message], ["invalid_argument", "malformed", message]]);
  });

  test("keeps what there was before it, and nothing is read after it", () => {
    const reader = jsonReader();
    expect([reader.push('{"a":[1 '), reader.value, reader.push('2],"b":3}'), reader.push("}"), reader.value]).toEqual([true, { a: [1] }, false, false, { a: [1] }]);
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: "invalid_argument", reason: "malformed" }));
  });

  test("is given for a text beyond the bounds", () => {
    const refused = (message: string): unknown[] => ["resource_exhausted", "too-large", message];
    expect([failureOf("[[[", { maxDepth: 2 }), failureOf("[[]]", { maxDepth: 2 }), failureOf("[1,2]", { maxLength: 4 }), failureOf("[12]", { maxLength: 4 }), failureOf("[".repeat(100_000))]).toEqual([
      refused("the JSON text nests deeper than 2 levels"),
      undefined,
      refused("the JSON text is longer than 4 characters"),
      undefined,
      refused("the JSON text nests deeper than 512 levels"),
    ]);
  });
});

/** Whether one value goes on where the other ended. */
function isGrown(before: unknown, after: unknown): boolean {
  if (before === undefined) return true;
  if (typeof before === "string") return typeof after === "string" && after.startsWith(before);
  if (typeof before !== "object" || before === null) return Object.is(before, after);
  if (typeof after !== "object" || after === null || Array.isArray(before) !== Array.isArray(after)) return false;
  return Object.entries(before).every(([key, value]) => Object.hasOwn(after, key) && isGrown(value, (after as Record<string, unknown>)[key]));
}
