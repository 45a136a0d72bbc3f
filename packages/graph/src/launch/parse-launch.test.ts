import { expect, test } from "vitest";
import type { ElementUse, PropertyValue } from "../description.js";
import { parseLaunch } from "./parse-launch.js";

/** Links of a line as text: `a0.out -> b0`. */
function linksOf(line: string): readonly string[] {
  const end = ({ element, pad }: { readonly element: string; readonly pad?: string }): string => (pad === undefined ? element : `${element}.${pad}`);
  return parseLaunch(line).links.map(({ from, to, caps }) => `${end(from)} -> ${caps === undefined ? "" : `(${caps}) -> `}${end(to)}`);
}

function namesOf(line: string): readonly string[] {
  return parseLaunch(line).elements.map(({ name }) => name);
}

function propertiesOf(line: string): Readonly<Record<string, PropertyValue>> | undefined {
  return (parseLaunch(line).elements[0] as ElementUse).properties;
}

test("a line says elements, their properties, and how they are linked", () => {
  expect(parseLaunch('chat model=tiny ! text ! tee name=t  t. ! upper ! console  t.out1 ! file path="a b.txt"')).toStrictEqual({
    version: 1,
    elements: [
      { name: "chat0", element: "chat", properties: { model: "tiny" } }, { name: "text0", element: "text" }, { name: "t", element: "tee" },
      { name: "upper0", element: "upper" }, { name: "console0", element: "console" }, { name: "file0", element: "file", properties: { path: "a b.txt" } },
    ],
    links: [
      { from: { element: "chat0" }, to: { element: "text0" } }, { from: { element: "text0" }, to: { element: "t" } }, { from: { element: "t" }, to: { element: "upper0" } },
      { from: { element: "upper0" }, to: { element: "console0" } }, { from: { element: "t", pad: "out1" }, to: { element: "file0" } },
    ],
  });
});

test("nothing is a pipeline of nothing", () => {
  expect(["", "  \n", "# a note"].map((line) => parseLaunch(line))).toStrictEqual(Array.from({ length: 3 }, () => ({ version: 1, elements: [], links: [] })));
});

test("a text at the beginning is the description", () => {
  expect([parseLaunch('"Says it louder." upper'), parseLaunch("# a note\n'' upper")].map(({ description }) => description)).toEqual(["Says it louder.", ""]);
});

test("white space, new lines and comments are free between all parts", () => {
  expect(parseLaunch("#one\n  a#two\r\n x =  1\ty\n= #three\n'z'!# ! four\n\n(b)name= c\r\r! text/plain , rate\n= 1 !d e=\"\"#")).toStrictEqual(parseLaunch("a x=1 y=z ! (b) name=c ! text/plain,rate=1 ! d e=''"));
});

test.for<readonly [string, readonly string[]]>([
  ["a ! b ! c", ["a0 -> b0", "b0 -> c0"]],
  ["a b ! c", ["b0 -> c0"]],
  ["a ! x.  b ! x.in1  join name=x ! c", ["a0 -> x", "b0 -> x.in1", "x -> c0"]],
  ["a name=x ! b  x.out ! b0. ! c", ["x -> b0", "x.out -> b0", "b0 -> c0"]],
  ["a ! text/plain ! b ! audio/pcm, rate=16000,language=en ! c ! */* ! d", ["a0 -> (text/plain) -> b0", "b0 -> (audio/pcm,language=en,rate=16000) -> c0", "c0 -> (*/*) -> d0"]],
  ["a ! audio/pcm,rate='16000',x=\"a # b\",y=true ! b", ['a0 -> (audio/pcm,rate="16000",x="a # b",y=true) -> b0']],
  ["a ! ( b ! c ) name=x ! d  x.out ! a0.", ["a0 -> x", "x -> d0", "x.out -> a0"]],
])("%s links %j", ([line, links]) => {
  expect(linksOf(line)).toEqual(links);
});

test("an element without a name is called after its kind and how many of that kind stand before it, in its own bin", () => {
  expect([namesOf("a ! a name=x ! a ! b"), namesOf("() ( a ) name=y ()"), (parseLaunch("a ! ( a ! a )").elements[1] as { readonly bin: unknown }).bin]).toEqual([
    ["a0", "x", "a2", "b0"], ["bin0", "y", "bin2"],
    { elements: [{ name: "a0", element: "a" }, { name: "a1", element: "a" }], links: [{ from: { element: "a0" }, to: { element: "a1" } }] },
  ]);
});

test.for<readonly [string, PropertyValue]>([
  ["tiny", "tiny"], ["/tmp/a.txt", "/tmp/a.txt"], ["http://h:80/p?q=1&r=2#top", "http://h:80/p?q=1&r=2#top"], ["#fff", "#fff"], ["$.a[0]", "$.a[0]"], ["a,b", "a,b"], ["é", "é"],
  ["1", 1], ["-0.5e-3", -0.0005], ["-0", 0], ["[-0.0]", [0]], ["1.7976931348623157e308", Number.MAX_VALUE], ["9007199254740991", Number.MAX_SAFE_INTEGER], ["1e400x", "1e400x"], ["007", "007"], ["+1", "+1"], [".5", ".5"], ["1.2.3", "1.2.3"],
  ["true", true], ["false", false], ["null", null], ["True", "True"], ['"true"', "true"], ["'1'", "1"], ['""', ""], ["''", ""],
  [String.raw`"a\"b\\c\/d\n\t\u00e9\ud83d\ude00"`, 'a"b\\c/d\n\té😀'], [String.raw`'it\'s "so"'`, 'it\'s "so"'], ['"two\nlines # ! ( "', "two\nlines # ! ( "],
  ["[]", []], ["{}", {}], [String.raw`{"a\\": 1, "\"": 2, "\\": 3, "": 4}`, { "a\\": 1, '"': 2, "\\": 3, "": 4 }], ['[1, "a", [null], {"b": true}]', [1, "a", [null], { b: true }]], ["{ 'a' :\n1 , # note\n'b':[ ]}", { a: 1, b: [] }],
])("x=%s is %j", ([written, value]) => {
  expect(propertiesOf(`a x=${written} y=2 ! b`)).toStrictEqual({ x: value, y: 2 });
});

test("name takes any name, also one that looks like a value", () => {
  expect(namesOf("a name=true ! b name='null' ! c name=\"x\"")).toEqual(["true", "null", "x"]);
});

test("nothing that is read touches a prototype", () => {
  for (const line of ['a x={"__proto__":{"y":1}}', "a __proto__=1", "a constructor=1", "a name=__proto__", "constructor", "a ! toString.", "a ! b.valueOf", 'a x=[{"constructor":1}]', "a hasOwnProperty=1",
    "( a ) name=constructor", "( a ) name=__proto__", "a ! __proto__.x", "a ! a0.__proto__", "a ! a0.constructor", "a ! b/c,__proto__=1 ! d", "a ! b/c,valueOf=1 ! d", 'a x={"a":[{"b":{"__proto__":null}}]}', String.raw`a x={"\u005f_proto__":1}`, "a '__proto__'=1"]) {
    expect(() => parseLaunch(line)).toThrow(/this (name|key) cannot be used|is no name|expected a parameter|a text stands after/);
  }
  expect(({} as Record<string, unknown>)["y"]).toBeUndefined();
});

test("what looks like code, a module or a variable of the environment is text, and names nothing", () => {
  expect(propertiesOf("a a=${HOME} b=$HOME c=import:fs d=node:fs e=file:///etc/passwd f=process.env.KEY")).toEqual({ a: "${HOME}", b: "$HOME", c: "import:fs", d: "node:fs", e: "file:///etc/passwd", f: "process.env.KEY" });
  for (const line of ["node:fs", "./module.js", "@scope/module", "$HOME", "`id`", "a=()=>1"]) expect(() => parseLaunch(line)).toThrow(/is no name|caps stand between|expected an element/);
});
