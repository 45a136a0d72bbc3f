import { collect, from, fromBatches } from "@iftk/core";
import { failing, feed, hang, stageLaws, tracked } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { same } from "../fixtures/same-json.js";
import { cutAt, jsonText } from "../fixtures/json-texts.js";
import { partialJson } from "./partial-json.js";

const pieces = ['{"na', 'me":"A', 'da","age":3', "6}"];

stageLaws("partialJson", {
  stage: () => partialJson(),
  input: pieces,
  output: [{}, { name: "A" }, { name: "Ada" }, { name: "Ada", age: 36 }],
  cut: { input: pieces.slice(0, -1) },
});

async function seen(input: AsyncIterable<string>): Promise<unknown[]> {
  const values: unknown[] = [];
  try {
    for await (const value of partialJson()(input)) values.push(value);
  } catch (error) {
    values.push(error);
  }
  return values;
}

test("pieces that come together give one value", async () => {
  expect(await seen(fromBatches(feed(pieces.slice(0, 3), pieces.slice(3))))).toEqual([{ name: "Ada" }, { name: "Ada", age: 36 }]);
  expect(await seen(from(pieces))).toEqual([{ name: "Ada", age: 36 }]);
});

test("the last value is the whole, however the text is cut", async () => {
  await fc.assert(
    fc.asyncProperty(jsonText, fc.array(fc.nat(), { maxLength: 6 }), async (text, places) => {
      const values = await collect(partialJson()(feed(...cutAt(text, places))));
      expect(same(values.at(-1), JSON.parse(text))).toBe(true);
    }),
  );
});

test("a number at the root is given at the end of the text", async () => {
  expect(await seen(feed("1", "2"))).toEqual([12]);
});

test("a text that is cut off or empty fails after what there was of it", async () => {
  expect(await seen(feed("[1,", "2"))).toEqual([[1], expect.objectContaining({ code: "unavailable", reason: "truncated" })]);
  expect(await seen(feed())).toEqual([expect.objectContaining({ code: "unavailable", reason: "truncated" })]);
});

test("a malformed text fails at once, after what there was of it, and closes its source", async () => {
  const malformed = expect.objectContaining({ code: "invalid_argument", reason: "malformed" }) as unknown;
  const source = tracked(concat(feed("[1,", "2 x", "3]"), hang()));
  expect(await seen(source)).toEqual([[1], [1, 2], malformed]);
  expect(source.closed).toBe(1);
  expect(await seen(concat(feed("[1,", "x"), hang()))).toEqual([[1], malformed]);
});

test("an error of the source passes after what there was of the text", async () => {
  const error = new Error("broken");
  expect(await seen(failing(error, "[1,"))).toEqual([[1], error]);
});

async function* concat<T>(...streams: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, undefined> {
  for (const stream of streams) yield* stream;
}
