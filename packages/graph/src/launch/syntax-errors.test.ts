import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "../caps.js";
import { element, type Element } from "../define-element.js";
import { createRegistry } from "../registry.js";
import { parseLaunch } from "./parse-launch.js";
import { PipelineSyntaxError } from "./pipeline-syntax-error.js";

const sourceOf = (name: string, properties: z.ZodObject = z.object({})): Element =>
  element({ name, description: "For this test.", kind: "source", properties, out: { name: "out", caps: caps.any }, create: () => async function* nothing() {} });

const registry = createRegistry([
  sourceOf("chat", z.object({ model: z.string().optional(), temperature: z.number().optional(), stop: z.array(z.string()).optional() })),
  sourceOf("text"), sourceOf("sentences", z.object({ maximum: z.number().optional() })), sourceOf("tee"), sourceOf("translate", z.object({ to: z.string().optional() })),
  sourceOf("console"), sourceOf("file", z.object({ path: z.string() })), sourceOf("fetch", z.looseObject({})),
]);

function errorOf(line: string): PipelineSyntaxError {
  try {
    parseLaunch(line, { registry });
  } catch (error) {
    if (error instanceof PipelineSyntaxError) return error;
    throw error;
  }
  throw new Error("it was read");
}

/** As a terminal shows them. */
const shown: readonly (readonly [string, string])[] = [
  ["chat ! text ! sentnces ! console", `
1:15: there is no element "sentnces"; did you mean "sentences"?
  chat ! text ! sentnces ! console
                ^^^^^^^^`],
  ["chat modle=tiny ! text", `
1:6: chat has no property "modle"; did you mean "model"?
  chat modle=tiny ! text
       ^^^^^`],
  ["file name=f patterns=x", `
1:13: file has no property "patterns"; it has path
  file name=f patterns=x
              ^^^^^^^^`],
  ["# story\nchat\n  ! tee name=branches\n  brances. ! console", `
4:3: no element is named "brances"; did you mean "branches"?
    brances. ! console
    ^^^^^^^`],
  ["tee name=t ! ( text ! t. )", `
1:23: "t" stands outside of this bin; link the bin itself to it
  tee name=t ! ( text ! t. )
                        ^`],
  ["chat name=c ! text name=c", `
1:25: the name "c" is that of the element at 1:11; give this one another by name=
  chat name=c ! text name=c
                          ^`],
  ["chat ! text !", `
1:14: expected an element after "!", found the end
  chat ! text !
               ^`],
  ["! chat", `
1:1: expected an element before "!"
  ! chat
  ^`],
  ["chat ! model=tiny", `
1:8: expected an element after "!", found the property "model"
  chat ! model=tiny
         ^^^^^`],
  ["tee name=t  t. console", `
1:13: nothing is linked to this; expected "!" after it
  tee name=t  t. console
              ^^`],
  ["tee name=t  text ! t.in ! console", `
1:20: a pad ends a chain; begin the next one with the pad that it goes on from, as t. !
  tee name=t  text ! t.in ! console
                     ^^^^`],
  ["chat ! ( text ! sentences", `
1:8: this "(" is not closed
  chat ! ( text ! sentences
         ^`],
  ["chat ! text ) ! console", `
1:13: no "(" is open that this could close
  chat ! text ) ! console
              ^`],
  ['chat model="tiny ! text', `
1:12: this string is not closed; expected "
  chat model="tiny ! text
             ^`],
  ["file path=\"C:\\work\"", String.raw`
1:14: this escape is none of JSON; a backslash itself is written \\
  file path="C:\work"
               ^^`],
  ["file /tmp/story.txt", `
1:6: caps stand between two "!"; a path stands after the name of its property, as in path=a/b
  file /tmp/story.txt
       ^^^^^^^^^^^^^^`],
  ["chat stop=[\"a\", b]", `
1:17: "b" is no JSON value; a text inside of [ ] and { } is put into quotes
  chat stop=["a", b]
                  ^`],
  ["chat stop=[\"a\" \"b\"]", `
1:16: expected "," or "]", found "\\""
  chat stop=["a" "b"]
                 ^`],
  ["chat temperature= ! text", `
1:19: expected a value of "temperature"; an empty text is "", found "!"
  chat temperature= ! text
                    ^`],
  ["chat model=12345678901234567890", `
1:12: this number cannot be held exactly; put it into quotes to keep its digits
  chat model=12345678901234567890
             ^^^^^^^^^^^^^^^^^^^^`],
  ["chat ! ../pcm ! console", `
1:8: expected caps as kind/subtype, such as audio/pcm or text/*, found "../pcm"
  chat ! ../pcm ! console
         ^^^^^^`],
  ["chat ! 'audio/pcm' ! console", `
1:8: a text stands after the name of its property, as in key="…"
  chat ! 'audio/pcm' ! console
         ^`],
  ["chat ! audio/pcm,rate ! console", `
1:23: expected "=" and a value of "rate", found "!"
  chat ! audio/pcm,rate ! console
                        ^`],
  ["translate to=日本語 ! 翻訳", `
1:20: "翻訳" is no name: expected a letter, then letters, digits, _ or -, at most 64
  translate to=日本語 ! 翻訳
                        ^^^^`],
  ["\tchat ! \u001B[31m", `
1:9: "\\u001b[31m" is no name: expected a letter, then letters, digits, _ or -, at most 64
   chat ! ␛[31m
          ^^^^^`],
];

test.for(shown)("%s", ([line, message]) => {
  expect(`\n${errorOf(line).message}`).toBe(message);
});

test("of a long line is shown what is around the place, so that 80 columns hold it", () => {
  const shownOf = (line: string): string => `\n${errorOf(line).message.split("\n").slice(1).join("\n")}`;
  expect(shownOf(`${"chat ! ".repeat(50)}txt ! ${"text ! ".repeat(50)}`)).toBe(`
  …! chat ! chat ! chat ! chat ! chat ! txt ! text ! text ! text ! text ! tex…
  ${" ".repeat(38)}^^^`);
  expect(shownOf(`translate to=${"日本".repeat(30)} ! ${"語".repeat(100)}`)).toBe(`
  …本日本日本日本日本日本日本日本日本 ! ${"語".repeat(18)}…
  ${" ".repeat(38)}${"^".repeat(37)}`);
  expect(shownOf(`chat ! ${"text ! ".repeat(9)}txt`)).toBe(`
  chat ! ${"text ! ".repeat(9)}txt
  ${" ".repeat(70)}^^^`);
});

test("an error is a StageError that says its place in numbers", () => {
  const error = errorOf("chat\n\n  ! txt");
  expect(StageError.is(error)).toBe(true);
  expect({ ...error }).toEqual({ code: "invalid_argument", reason: "syntax", stage: undefined, retryAfter: undefined, line: 3, column: 5, offset: 10, problem: 'there is no element "txt"', likely: "text" });
  expect([error.name, String(error).split("\n")[0]]).toEqual(["PipelineSyntaxError", 'PipelineSyntaxError: 3:5: there is no element "txt"; did you mean "text"?']);
});

test("lines end in any of the three ways", () => {
  expect(["chat\n! 1", "chat\r\n! 1", "chat\r! 1", "😀é ! 1"].map((line) => [errorOf(line).line, errorOf(line).column])).toEqual([[2, 3], [2, 3], [2, 3], [1, 1]]);
});

test("elements that take any property take any property, and without a registry any name may stand", () => {
  expect([parseLaunch("fetch anything=1", { registry }).elements, parseLaunch("nobody ever=1").elements]).toEqual([
    [{ name: "fetch0", element: "fetch", properties: { anything: 1 } }], [{ name: "nobody0", element: "nobody", properties: { ever: 1 } }],
  ]);
});

test("a line has its limits", () => {
  const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
  expect([nested("(", ")", 32), `a x=${nested("[", "]", 32)}`].map((line) => parseLaunch(line).elements.length)).toEqual([1, 1]);
  expect([nested("(", ")", 33), `a x=${nested("[", "]", 33)}`, "a ".repeat(1001), `a name=x ${"x. ! x. ".repeat(4001)}`, `"${"x".repeat(1001)}" a`, `a ! b/c,d=${"x".repeat(257)} ! b`, "a".repeat(64)].map((line) => {
    try {
      return parseLaunch(line);
    } catch (error) {
      return (error as PipelineSyntaxError).problem;
    }
  })).toEqual([
    "bins are nested deeper than 32", "arrays and objects are nested deeper than 32", "there are more than 1000 elements; put some of them into bins", "there are more than 4000 links",
    "the description is longer than 1000 characters", "caps are longer than 256 characters", "the name of this element is too long to be given a number; name it by name=",
  ]);
});
