import fc from "fast-check";
import { expect, test } from "vitest";
import { ReasoningSplitter } from "./reasoning.js";

interface Split {
  readonly reasoning: string;
  readonly text: string;
}

const split = (...pieces: readonly string[]): Split => {
  const result = { reasoning: "", text: "" };
  const splitter = new ReasoningSplitter((kind, text) => (result[kind] += text));
  for (const piece of pieces) splitter.write(piece);
  splitter.end();
  return result;
};

test.each<[string, string, Split]>([
  ["a reply without reasoning", " Hello ", { reasoning: "", text: " Hello " }],
  ["reasoning, without the white space around it", "<think>\nOne, two.\n\nThree.\n</think>\n\nFour.\n", { reasoning: "One, two.\n\nThree.", text: "Four.\n" }],
  ["white space before the tag", " \n<think>a</think>b", { reasoning: "a", text: "b" }],
  ["reasoning that is open still", "<think> a b ", { reasoning: "a b", text: "" }],
  ["reasoning without content", "<think>\n\n</think>\n\nHello", { reasoning: "", text: "Hello" }],
  ["a tag inside the text", "The tag <think> opens, </think> closes.", { reasoning: "", text: "The tag <think> opens, </think> closes." }],
  ["the beginning of a tag", "<thi", { reasoning: "", text: "<thi" }],
  ["the beginning of a closing tag", "<think>a </thi", { reasoning: "a </thi", text: "" }],
  ["a second tag inside reasoning", "<think>a <think> b</think>c", { reasoning: "a <think> b", text: "c" }],
])("%s, however it is cut", (_name, whole, expected) => {
  expect(split(whole)).toEqual(expected);
  expect(split(...whole.split(""))).toEqual(expected);
});

test("any cutting gives the result of the whole", () => {
  const unit = fc.constantFrom("<think>", "</think>", "<", "/", "think", ">", " ", "\n", "a");
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 10 }), fc.array(fc.nat(60), { maxLength: 10 }), (units, cuts) => {
      const whole = units.join("");
      const bounds = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((left, right) => left - right), whole.length];
      expect(split(...bounds.slice(1).map((end, index) => whole.slice(bounds[index], end)))).toEqual(split(whole));
    }),
    { numRuns: 1000 },
  );
});

test("a tag that is a token opens and closes reasoning anywhere", () => {
  const pieces: [string, string][] = [];
  const splitter = new ReasoningSplitter((kind, text) => pieces.push([kind, text]));
  splitter.write(" ");
  splitter.open();
  splitter.write("a ");
  splitter.close();
  splitter.write("\nb ");
  splitter.open();
  splitter.write(" c");
  splitter.close();
  splitter.close();
  splitter.write("d");
  splitter.end();
  expect(pieces).toEqual([["reasoning", "a"], ["text", "b "], ["reasoning", "c"], ["text", "d"]]);
});
