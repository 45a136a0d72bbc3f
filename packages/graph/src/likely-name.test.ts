import fc from "fast-check";
import { expect, test } from "vitest";
import { likelyName } from "./likely-name.js";

const names = ["chat", "text", "tee", "sentences", "translate", "maxTokens", "to", "a", "internationalization"];

test.for([
  ["sentnces", "sentences"], ["sentenecs", "sentences"], ["translater", "translate"], ["cht", "chat"], ["chta", "chat"], ["te", "tee"],
  ["Chat", "chat"], ["max_tokens", "maxTokens"], ["max-tokens", "maxTokens"], ["too", "to"],
  ["internatinalisaton", "internationalization"], ["intrntonlztn", undefined], ["speaker", undefined], ["x", undefined], ["b", undefined], ["", undefined], ["---", undefined], ["s".repeat(100_000), undefined],
] as const)("of %s is made %s", ([given, likely]) => {
  expect(likelyName(given, names)).toBe(likely);
});

test("the nearest is taken, and the first of those that are as near", () => {
  expect([likelyName("filer", ["file", "filter"]), likelyName("filter2", ["filtre", "filter"]), likelyName("chat", [])]).toEqual(["file", "filter", undefined]);
});

test("a name that differs by one change of any kind is found among others", () => {
  const word = fc.stringMatching(/^[a-z]{4,20}$/);
  fc.assert(fc.property(word, fc.nat(), fc.constantFrom("remove", "insert", "change", "swap"), (name, seed, kind) => {
    const place = seed % (name.length - 1);
    const [head, tail] = [name.slice(0, place), name.slice(place)];
    const given = { remove: head + tail.slice(1), insert: `${head}q${tail}`, change: `${head}q${tail.slice(1)}`, swap: `${head}${tail[1]}${tail[0]}${tail.slice(2)}` }[kind];
    expect(likelyName(given, ["QQQQQQQQQQQQQQQQQQQQQQQQQQ", name])).toBe(name);
  }));
});

test("a thousand names are compared at once", () => {
  const many = Array.from({ length: 1000 }, (_, index) => `element-${"x".repeat(50)}${index}`);
  const start = performance.now();
  expect(likelyName(`element-${"x".repeat(50)}y`, many)).toBe(many[0]);
  expect(performance.now() - start).toBeLessThan(2000);
});
