import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomSource } from "../sampling/random.js";
import { allowed, anyAllowed } from "./fixtures/hostile.js";
import { byteTable, embeddedTable, tableOf } from "./fixtures/tables.js";
import { Grammar } from "./grammar.js";
import { Matcher } from "./matcher.js";

const encoder = new TextEncoder();

function bruteForce(matcher: Matcher): number[] {
  return Array.from({ length: matcher.tokens.size }, (_, token) => token).filter((token) => matcher.fork().accept(token));
}

const expressions: readonly (readonly [string, string])[] = [
  ["arithmetic, recursive on the left", 'root ::= sum\nsum ::= sum [+-] product | product\nproduct ::= product [*/] atom | atom\natom ::= [0-9]+ | "(" sum ")"'],
  ["nested lists", 'root ::= "[" (root ("," root)*)? "]" | "a" | "ab"'],
  ["texts of which one begins another", 'root ::= ("a" | "ab" | "b(" root ")")+'],
  ["ambiguous concatenation", 'root ::= x x x\nx ::= "a" x "b" | "a"* | y\ny ::= "a" y | "ab" x | ""'],
  ["palindromes", 'root ::= "a" root "a" | "b" root "b" | ""'],
  ["a rule that may be empty", 'root ::= gap "x" gap "y" gap\ngap ::= " "* | "(" gap ")" gap'],
  ["half characters", 'root ::= ("é" | "ê" | "😀" root "😁")+'],
  ["counted", 'root ::= (item ","){2,5} item{0,3}\nitem ::= "a" | "(" root ")"'],
  ["texts that share a beginning", 'root ::= first | second\nfirst ::= "a" root "x"\nsecond ::= "a" root "y" | "c"'],
];
const tokens = ["a", "ab", "aa", "aab", "((", "))", "[a", "a]", ",a", "]]", "],[", "a,b", "(a", "a)", "),", "a)+(", "1+", "12", "+(1", "1)*", " x", "x y", "yx", "xy", "ca", "cx", "cxx", "cyx", Uint8Array.of(0xc3), Uint8Array.of(0xa9, 0xc3), Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x9f, 0x98), Uint8Array.of(0x98, 0x80, 0xc3), Uint8Array.of(0x81, 0xf0, 0x9f, 0x98), "éê", "bab", "aba", "ba"];

describe("a mask", () => {
  test.each(expressions)("allows exactly the tokens that can be accepted: %s", (_, text) => {
    const grammar = Grammar.fromEbnf(text);
    const table = tableOf(tokens);
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 25 }), (choices) => {
        const matcher = new Matcher(grammar, table);
        for (const pick of choices) {
          const own = allowed(matcher);
          expect(own).toEqual(bruteForce(matcher));
          expect(own.length).toBeGreaterThan(0);
          const token = own[pick % own.length] as number;
          expect(matcher.accept(token)).toBe(true);
          if (matcher.isTerminated) return;
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("a matcher", () => {
  const grammar = Grammar.fromJsonSchema({});
  const table = embeddedTable();

  test("taken back and gone on is as one that went that way alone, and a fork goes its own way", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.array(fc.nat(6), { maxLength: 12 }), (seed, steps) => {
        const random = randomSource(seed);
        const matcher = new Matcher(grammar, table);
        const path: number[] = [];
        const forks: [Matcher, number[]][] = [];
        const advance = (): void => {
          const token = anyAllowed(matcher.mask(), random);
          if (token !== -1 && matcher.accept(token)) path.push(token);
        };
        for (const back of steps) {
          for (let count = 0; count < 4; count++) advance();
          forks.push([matcher.fork(), [...path]]);
          matcher.rollback(Math.min(back, path.length));
          path.length -= Math.min(back, path.length);
        }
        for (const [one, own] of [...forks, [matcher, path] as const]) {
          const again = new Matcher(grammar, table);
          for (const token of own) again.accept(token);
          expect([one.mask(), one.isComplete, one.isTerminated, one.canContinue, one.count, one.jumpForward()]).toEqual([again.mask(), again.isComplete, again.isTerminated, again.canContinue, again.count, again.jumpForward()]);
        }
        matcher.reset();
        expect([matcher.count, matcher.mask()]).toEqual([0, new Matcher(grammar, table).mask()]);
      }),
      { numRuns: 40 },
    );
  });

  test("refuses what may not come and stays where it is", () => {
    const matcher = new Matcher(Grammar.fromEbnf('root ::= "ab" "c"?'), tableOf(["ab", "abx"]));
    const end = 258;
    expect([matcher.accept(257), matcher.accept(98), matcher.accept(end), matcher.accept(256), matcher.accept(end), matcher.accept(99), matcher.isTerminated, matcher.count]).toEqual([false, false, false, true, true, false, true, 2]);
    expect([allowed(matcher), matcher.isComplete, matcher.canContinue]).toEqual([[], false, false]);
    expect(() => matcher.accept(999)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => matcher.rollback(3)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  test("jumps over what is forced, up to a choice or to where the text may end", () => {
    const matcher = new Matcher(Grammar.fromEbnf('root ::= "abc" ("de" | "df") ("gh" "i"?)?'), byteTable);
    const jump = (): string => new TextDecoder().decode(matcher.jumpForward());
    const jumps = [jump()];
    for (const text of ["abc", "d", "e", "g"]) {
      matcher.acceptBytes(encoder.encode(text));
      jumps.push(jump());
    }
    expect(jumps).toEqual(["abcd", "d", "", "", "h"]);
  });

  test("bounds how deep a text nests and in how many ways it is read", () => {
    const deep = new Matcher(grammar, byteTable);
    expect(() => deep.acceptBytes(new Uint8Array(100_000).fill(91))).toThrow(expect.objectContaining({ code: "resource_exhausted" }));
    expect(deep.count).toBe(0);
    const level = new Matcher(grammar, byteTable);
    expect([level.acceptBytes(new Uint8Array(10_000).fill(91)), level.acceptBytes(new Uint8Array(10_000).fill(93)), level.isComplete]).toEqual([true, true, true]);
    const rightRecursive = new Matcher(Grammar.fromEbnf('root ::= "a" root | "b"'), byteTable);
    expect(rightRecursive.acceptBytes(new Uint8Array(200_000).fill(97))).toBe(true);
  });

  test("masks are exact near the ends of a counted repetition, however long it is", () => {
    const words = tableOf(["a", "aa", "aaa", "aaaaa", "éé", "aé", 'a"', 'aa"', '"', "aaaaaaaa"]);
    for (const [minimum, maximum] of [[3, 9], [0, 30], [25, 60], [40, 1100], [1030, 2100]] as const) {
      const matcher = new Matcher(Grammar.fromJsonSchema({ type: "string", minLength: minimum, maxLength: maximum }), words);
      matcher.acceptBytes(encoder.encode('"'));
      for (let count = 0; count <= maximum; count++) {
        const isNear = count < 20 || Math.abs(count - minimum) < 12 || Math.abs(count - maximum) < 12 || Math.abs(count - 1024) < 12;
        if (isNear) expect(allowed(matcher)).toEqual(bruteForce(matcher));
        if (count < maximum) expect(matcher.acceptBytes(encoder.encode("a"))).toBe(true);
      }
      expect(matcher.acceptBytes(encoder.encode("a"))).toBe(false);
    }
  });
});
