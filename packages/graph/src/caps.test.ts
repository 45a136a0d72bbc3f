import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCaps } from "./build/parse-caps.js";
import { commonCaps, formatCaps, type Caps } from "./caps.js";
import { randomCaps } from "./launch/fixtures/random-pipeline.js";

test("caps of any kind are read back as they were, with numbers, truths and texts kept apart", () => {
  fc.assert(fc.property(randomCaps.filter((caps) => formatCaps(caps).length <= 256), (caps) => {
    expect(parseCaps(formatCaps(caps))).toEqual(caps);
  }), { numRuns: 500 });
});

test.for<readonly [string, Caps | string]>([
  ["audio/pcm, rate = 16000 ,language=en-US", { type: "audio/pcm", parameters: { rate: 16000, language: "en-US" } }],
  ["*/*", { type: "*/*" }],
  ["a/b,c=true,d='true',e=1e3,f=\"1\",g=-0", { type: "a/b", parameters: { c: true, d: "true", e: 1000, f: "1", g: 0 } }],
  ["", '"" are no caps: expected caps as kind/subtype, such as audio/pcm or text/*, found the end'],
  ["audio", '"audio" are no caps: expected caps as kind/subtype, such as audio/pcm or text/*, found "audio"'],
  ["a/b/c", '"a/b/c" are no caps: expected caps as kind/subtype, such as audio/pcm or text/*, found "a/b/c"'],
  ["te*/b", '"te*/b" are no caps: expected caps as kind/subtype, such as audio/pcm or text/*, found "te*/b"'],
  ["a/b,", '"a/b," are no caps: expected a parameter of the caps, such as rate=16000, found the end'],
  ["a/b,c", '"a/b,c" are no caps: expected "=" and a value of "c", found the end'],
  ["a/b,c=1,c=2", '"a/b,c=1,c=2" are no caps: the caps give "c" twice'],
  ["a/b,c=null", '"a/b,c=null" are no caps: null is no value of caps'],
  ["a/b,__proto__=1", '"a/b,__proto__=1" are no caps: expected a parameter of the caps, such as rate=16000, found "__proto__"'],
  ["a/b,constructor=1", '"a/b,constructor=1" are no caps: expected a parameter of the caps, such as rate=16000, found "constructor"'],
  ["a/b c", '"a/b c" are no caps: expected "," and a parameter, or the end, found "c"'],
])("%s are %j", ([text, caps]) => {
  expect(parseCaps(text)).toEqual(typeof caps === "string" ? { message: caps } : caps);
});

test("what two caps have in common is the narrower of each part, with the parameters of both", () => {
  const common = (one: string, other: string): Caps | undefined => commonCaps(parseCaps(one) as Caps, parseCaps(other) as Caps);
  expect([common("audio/*,rate=1", "*/pcm,language=fr"), common("*/*", "text/plain"), common("text/plain", "text/html"), common("a/b,c=1", "a/b,c=2"), common("a/b,c=1", "a/b,c='1'"), common("a/b", "a/b")]).toEqual([
    { type: "audio/pcm", parameters: { rate: 1, language: "fr" } }, { type: "text/plain" }, undefined, undefined, undefined, { type: "a/b" },
  ]);
});

test("a type that is none is refused", () => {
  expect(() => commonCaps({ type: "text" }, { type: "*/*" })).toThrow('caps: "text" is no type; expected kind/subtype, as text/plain');
});
