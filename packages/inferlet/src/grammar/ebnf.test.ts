import { describe, expect, test } from "vitest";
import { acceptsText } from "./fixtures/accepts.js";
import { Grammar } from "./grammar.js";

const arithmetic = `
# sums of products, recursive on the left
root    ::= sum
sum     ::= sum ("+" | "-") product | product
product ::= product [*/] atom
          | atom
atom    ::= number | "(" sum ")"
number  ::= [0-9]+ ("." [0-9]{1,2})?  # two digits at most
`;

describe("a grammar in EBNF", () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    ["arithmetic", arithmetic, ["1", "1+2*3", "(1-2)/3.14", "((7))", "1-2-3"], ["", "1+", "1.234", "(1", "1++2", "1 + 2"]],
    ["literals and escapes", `root ::= "a\\"b" | 'c\\'d' | "\\x41\\u00e9\\U0001F600" | "\\n\\\\"`, ['a"b', "c'd", "Aé😀", "\n\\"], ["a", "n"]],
    ["classes", "root ::= [a-cx\\-é] [^\\]\\n] .", ["a1\n", "-x😀", "éab"], ["d11", "a]1", "a\n1"]],
    ["repetitions", 'root ::= "a"{2} "b"{1,} "c"{0,2} ("d" "e")* "f"?', ["aab", "aabbccdedef", "aabf"], ["ab", "aa", "aabccc", "aabd"]],
    ["a name that begins like the next rule", 'root ::= a\n  b\na ::= "x"\nb ::= "y" | ""', ["xy", "x"], ["y"]],
    ["an empty alternative", 'root ::= "a" | | "b"', ["", "a", "b"], ["ab"]],
    ["a rule without an end", 'root ::= "a" | "b" loop\nloop ::= "c" loop', ["a"], ["b", "bc"]],
  ])("%s", (_, text, good, bad) => {
    const grammar = Grammar.fromEbnf(text);
    expect([good, bad].map((texts) => texts.map((one) => acceptsText(grammar, one)))).toEqual([good.map(() => true), bad.map(() => false)]);
  });

  test("begins with the rule that is named", () => {
    expect(acceptsText(Grammar.fromEbnf(arithmetic, { root: "number" }), "1.5")).toBe(true);
  });

  test.each([
    ['root := "a"', "line 1, column 6: expected a rule"],
    ['root ::= "a', "not closed on its line"],
    ['root ::= ("a"', "closing parenthesis"],
    ['root ::= other', '"other", which is no rule'],
    ['root ::= "a"\nroot ::= "b"', "two rules root"],
    ['start ::= "a"', 'no rule "root"'],
    ['root ::= a "x"\na ::= b "y" | "z"\nb ::= root', "begins with itself by way of others: root -> a -> b -> root"],
    ['root ::= gap root "x" | "y"\ngap ::= " "?', "begins with itself"],
    ['root ::= "a" root', "no text fits it"],
    ['root ::= [b-a]', "later character to an earlier one"],
    ['root ::= "a"{3,2}', "out of order"],
    ['root ::= "\\q"', "is no escape"],
    ['root ::= "\\ud800"', "is no character"],
  ])("%s is refused", (text, problem) => {
    expect(() => Grammar.fromEbnf(text)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(problem) }));
  });

  test("what grows too large is refused, and what is large and regular is not", () => {
    for (const text of [`root ::= ${"(".repeat(400)}"a"${")".repeat(400)}`, 'root ::= (("a" "b"{1,1000}){1,1000} "c"){1,1000}']) {
      expect(() => Grammar.fromEbnf(text)).toThrow(expect.objectContaining({ code: "resource_exhausted" }));
    }
    const counted = Grammar.fromEbnf('root ::= "a"{5000,12000}');
    expect([4999, 5000, 8191, 12000, 12001].map((count) => acceptsText(counted, "a".repeat(count)))).toEqual([false, true, true, true, false]);
    const chain = Array.from({ length: 3000 }, (_, index) => `r${index} ::= "a" r${index + 1} | "b" r${index + 1}`).join("\n");
    expect(acceptsText(Grammar.fromEbnf(`${chain}\nr3000 ::= "c"`, { root: "r0" }), `${"ab".repeat(1500)}c`)).toBe(true);
  });
});
