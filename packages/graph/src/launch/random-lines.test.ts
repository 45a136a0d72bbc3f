import { seeded, type SeededRandom } from "@iftk/testing";
import { expect, test } from "vitest";
import { formatLaunch } from "./format-launch.js";
import { parseLaunch } from "./parse-launch.js";
import { PipelineSyntaxError } from "./pipeline-syntax-error.js";

const tokens = [
  "chat", "text", "tee", "t", "t.", "t.out1", "tt.", ".", "..", "!", "!", "!", "(", ")", "=", ",", "name=t", "name=", "name", "model=tiny", "a.b=", "x=1", "x=-0", "x=1e999", "x=[1,", "]", "{", "}", '{"a":1}', "[", '"', "'", '"a b"', "'a'", "\\", String.raw`"\u12`, "#", "# note\n", "\n", "\r\n", "\t", " ", " ",
  "audio/pcm", ",rate=16000", ",x='1'", "! a/b,c=", "*/*", "__proto__", "__proto__=1", '{"__proto__":{"polluted":1}}', "constructor", "constructor.", "prototype", "toString=1", "name=__proto__", "true", "null", "1", "-", "\0", "\uFEFF", "\uD800", "日", "😀",
];
const valid = [
  'chat model=tiny ! text ! sentences ! tee name=t  t. ! translate to=fr ! console  t. ! file path="story one.txt"',
  '"What it does" a x=[1, {"b": [null, -0]}] ! audio/pcm, rate=16000 ! ( b name=c ! d  c.out1 ! d0.in1 ) name=bin # end',
  "tee name=t ! upper ! m.in0\nt.out1 ! lower ! m.in1\nmerge name=m ! console text='it\\'s \\u00e9'",
];

function pick<Choice>(random: SeededRandom, choices: readonly Choice[]): Choice {
  return choices[random.below(choices.length)] as Choice;
}

const kinds: readonly ((random: SeededRandom) => string)[] = [
  (random) => Array.from({ length: random.below(40) }, () => String.fromCharCode(random.below(8) === 0 ? random.below(0x10000) : random.below(128))).join(""),
  (random) => Array.from({ length: random.below(14) }, () => pick(random, tokens)).join(random.below(2) === 0 ? " " : ""),
  (random) => mutated(random, pick(random, valid)),
];

function mutated(random: SeededRandom, line: string): string {
  for (let times = 1 + random.below(3); times > 0; times--) {
    const place = random.below(line.length + 1);
    line = line.slice(0, place) + (random.below(2) === 0 ? pick(random, tokens) : "") + line.slice(place + random.below(4));
  }
  return line;
}

test("100,000 random lines are read, and then read back as they were written, or fail with a place: none hangs, crashes, or touches a prototype", () => {
  const random = seeded(7);
  const before = Object.getOwnPropertyNames(Object.prototype);
  const unexpected: { line: string; error: unknown }[] = [];
  let [read, refused] = [0, 0];
  for (let count = 0; count < 100_000; count++) {
    const line = (kinds[count % kinds.length] as (typeof kinds)[number])(random);
    try {
      const pipeline = parseLaunch(line);
      read++;
      if (read % 10 === 0) expect(parseLaunch(formatLaunch(pipeline))).toStrictEqual(pipeline);
    } catch (error) {
      refused++;
      const isPlaced = error instanceof PipelineSyntaxError && error.offset <= line.length && error.line >= 1 && error.column >= 1;
      if (!isPlaced) unexpected.push({ line, error });
    }
  }
  expect({ unexpected, properties: Object.getOwnPropertyNames(Object.prototype) }).toEqual({ unexpected: [], properties: before });
  expect(Math.min(read, refused)).toBeGreaterThan(5000);
});

const size = 255 * 1024;

test.for([
  "(", "( ", ")", "[", "{", '"', "'", "a ", "a=", "x a=[", 'x a={"', "a!", "a ! ", "#\n", "#", " ", "\n", "\t#\r", "a.", "t. ! ", "a/", "a ! b/c,d=e ! ", "=", ",", "1", ".", "\\", "é", "\uD800", "x\n=", '"\\', "a b=1 ", 'a b="" ', "( a ", "( a ) ", "- ", ",d=1", "#\n,", "(\"",
] as const)("%j again and again is read or refused in an instant", (part) => {
  for (const start of ["", "a ", "a x=", "a x=[", 'a x="', "a ! ", "a ! b/c", "a ! b/c,d=", "a ! b/c,d='"]) {
    const line = start + part.repeat(Math.floor(size / part.length));
    const begin = performance.now();
    try {
      parseLaunch(line);
    } catch (error) {
      expect(error).toBeInstanceOf(PipelineSyntaxError);
      expect((error as Error).message.length).toBeLessThan(1000);
    }
    expect(performance.now() - begin).toBeLessThan(1000);
  }
});

test("a line of the greatest length is read, and a longer one is refused", () => {
  const line = `a x="${"y".repeat(256 * 1024 - 6)}"`;
  expect(parseLaunch(line).elements).toHaveLength(1);
  expect(() => parseLaunch(`${line} `)).toThrow("a pipeline is longer than 262144 characters");
  // Control characters become six characters each.
  expect(() => parseLaunch(`a x="${"\u0001".repeat(100_000)}"`)).toThrow("longer than 262144 characters when it is formatted");
});
