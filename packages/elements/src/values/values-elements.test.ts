import { collect } from "@iftk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { asText, distinct, filter, fromJsonl, pick, toJsonl, values } from "../index.js";
import { pathOf } from "./path.js";

const book = { title: "The Fox", "a b": { "]": 1 }, tags: ["short", { deep: null }], $ref: 2 };

describe("a path", () => {
  test.each([
    ["$", book],
    ["title", "The Fox"],
    ["$.title", "The Fox"],
    ["tags[1].deep", null],
    ['["a b"]["]"]', 1],
    ['$["\\u0024ref"]', 2],
    ["tags.length", undefined],
    ["title.length", undefined],
    ["tags[2]", undefined],
    ["__proto__.constructor", undefined],
    ["constructor", undefined],
  ])("%s finds what is there, and nothing that is inherited", (path, found) => {
    expect(pathOf(path)(book)).toEqual(found);
  });

  test.each(["", ".", "a.", "a..b", ".a", "a b", "a[-1]", "a[1", "a[*]", "$..a", "$a", "a[?(@.b)]", "a[01]", '["a', "a()", "x".repeat(3) + ".a".repeat(40)])("%s is refused with its place", (path) => {
    expect(() => pathOf(path)).toThrow(/^path .*: at character \d+ /u);
  });

  test("of any text is read or refused", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."$.[]\"\\a1 *é\u0000") }), (path) => {
      try {
        pathOf(path)(book);
      } catch (error) {
        expect(error).toMatchObject({ code: "invalid_argument" });
      }
    }));
  });
});

test.each([
  [{ path: "a" }, [{ a: 0 }, { a: false }]],
  [{ path: "a", is: "missing" }, [{}, { a: null }, "text"]],
  [{ path: "a", is: "equal", value: 0 }, [{ a: 0 }]],
  [{ path: "a", is: "less", value: 1 }, [{ a: 0 }]],
  [{ path: "a", is: "at-least", value: "a" }, []],
  [{ is: "equal", value: { a: 0 } }, [{ a: 0 }]],
  [{ is: "containing", value: "ex" }, ["text"]],
  [{ is: "starting", value: "te" }, ["text"]],
  [{ is: "ending", value: "te" }, []],
] as const)("filter %j keeps the values for which that holds", async (properties, kept) => {
  expect(await run(filter(properties), { a: 0 }, {}, { a: null }, "text", { a: false })).toEqual(kept);
});

test("filter compares lists by what is in them, and objects whatever the order of their keys", async () => {
  const items = [{ a: { x: 1, y: [2] } }, { a: [{ y: 1 }, 2] }];
  expect([await run(filter({ path: "a", is: "equal", value: { y: [2], x: 1 } }), ...items), await run(filter({ path: "a", is: "containing", value: { y: 1 } }), ...items)]).toEqual([[items[0]], [items[1]]]);
});

test("pick fails where there is nothing, unless it is told to go on", async () => {
  await expect(run(pick({ path: "a" }), { b: 1 })).rejects.toThrow("pick: the value has nothing at a; correct the path, or set missing=skip");
  expect([await run(pick({ path: "a", missing: "skip" }), { a: null }, {}), await run(pick({ path: "a", missing: "null" }), {})]).toEqual([[null], [null]]);
});

test("distinct tells values apart by what they hold", async () => {
  const input = [1, "1", '{"a":1,"b":2}', "\u0000[[\"a\",1]]", { a: 1, b: 2 }, { b: 2, a: 1 }, [["a", 1]], { a: 1 }, 1, null, undefined];
  expect([await run(distinct(), ...input), await run(distinct({ path: "a" }), { a: 1 }, { a: 1, b: 2 }, { a: 2 })]).toEqual([[1, "1", '{"a":1,"b":2}', "\u0000[[\"a\",1]]", { a: 1, b: 2 }, [["a", 1]], { a: 1 }, null, undefined], [{ a: 1 }, { a: 2 }]]);
});

test("JSON Lines come out as they went in, however they are cut", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.json().map((json) => JSON.parse(json) as unknown), { maxLength: 5 }), fc.nat(100), async (items, cut) => {
    const text = (await run(toJsonl(), ...items)).join("");
    expect(JSON.stringify(await run(fromJsonl(), text.slice(0, cut), text.slice(cut)))).toBe(JSON.stringify(items));
  }));
});

test("a line that is no JSON is an error that names it, after the values before it", async () => {
  const given: unknown[] = [];
  await expect((async () => {
    for await (const value of fromJsonl()((async function* () { yield "1\n\n{"; })())) given.push(value);
  })()).rejects.toThrow("from-jsonl: line 3 is not JSON");
  expect(given).toEqual([1]);
});

test("what has no form in JSON is refused by to-jsonl", async () => {
  await expect(run(toJsonl(), undefined)).rejects.toThrow("to-jsonl: a value of type undefined has no form in JSON");
});

test("as-text gives texts as they are and ends each as it is told", async () => {
  expect(await run(asText({ end: "\n" }), "a", { b: 1 }, null)).toEqual(["a\n", '{"b":1}\n', "null\n"]);
});

test("values gives what is written down", async () => {
  const { signal } = new AbortController();
  expect(await collect(values({ of: ["a", { b: 1 }] })({ signal }))).toEqual(["a", { b: 1 }]);
});
