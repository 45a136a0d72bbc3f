import { collect, from } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { same } from "../fixtures/same-json.js";
import { cutAt, jsonText } from "../fixtures/json-texts.js";
import { jsonValues, type JsonValueAt } from "./json-values.js";

const pieces = ['{"items":[{"na', 'me":"A', 'da","age":3', '6},{"name":"Bob"', "}]}"];
const name = (index: number, value: string, state: JsonValueAt["state"] = "final"): JsonValueAt => ({ path: ["items", index, "name"], value, state });

stageLaws("jsonValues", {
  stage: () => jsonValues("items[].name"),
  input: pieces,
  output: [name(0, "A", "preview"), name(0, "Ada"), name(1, "Bob")],
  cut: { input: pieces.slice(0, -1) },
});

const find = async (paths: string | string[], text: string): Promise<[path: string, value: unknown][]> => (await collect(jsonValues(paths, { previews: false })(from([text])))).map(({ path, value }) => [path.join("/"), value]);

test("each element of a list is given when it is complete", async () => {
  expect(await collect(jsonValues("items[]", { previews: false })(feed(...pieces)))).toEqual([
    { path: ["items", 0], value: { name: "Ada", age: 36 }, state: "final" },
    { path: ["items", 1], value: { name: "Bob" }, state: "final" },
  ]);
});

test("a value is previewed as it grows", async () => {
  expect((await collect(jsonValues("items[0]")(feed(...pieces)))).map(({ value, state }) => [value, state])).toEqual([
    [{}, "preview"],
    [{ name: "A" }, "preview"],
    [{ name: "Ada" }, "preview"],
    [{ name: "Ada", age: 36 }, "final"],
  ]);
});

describe("a path", () => {
  test.each<[string | string[], [string, unknown][]]>([
    ["", [["", { a: [1, [2, 3]], "b.c": { d: null }, "*": "x" }]]],
    ["a", [["a", [1, [2, 3]]]]],
    ["a[0]", [["a/0", 1]]],
    ["a[1][]", [["a/1/0", 2], ["a/1/1", 3]]],
    ['["b.c"].d', [["b.c/d", null]]],
    ["*.*", [["a/0", 1], ["a/1", [2, 3]], ["b.c/d", null]]],
    [["a[0]", "a", '["*"]'], [["a/0", 1], ["a", [1, [2, 3]]], ["*", "x"]]],
    ["toString", []],
  ])("written %j leads to its values", async (paths, values) => {
    expect(await find(paths, '{"a":[1,[2,3]],"b.c":{"d":null},"*":"x"}')).toEqual(values);
  });

  test.each(["a..b", "a[x]", "a.", "[0]a", '["a\\x"]', "a]"])("written %j is refused", (path) => {
    expect(() => jsonValues(path)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

test("the root is given once and last, and what is final does not depend on how the text is cut", async () => {
  await fc.assert(
    fc.asyncProperty(jsonText, fc.array(fc.nat(), { maxLength: 6 }), async (text, places) => {
      const finals = async (cut: string[]): Promise<JsonValueAt[]> => (await collect(jsonValues(["", "*", "*.*"])(feed(...cut)))).filter(({ state }) => state === "final");
      const values = await finals(cutAt(text, places));
      expect([values.at(-1)?.path, values.at(-1)?.state, same(values.at(-1)?.value, JSON.parse(text))]).toEqual([[], "final", true]);
      expect(same(values, await finals([text]))).toBe(true);
    }),
  );
});
