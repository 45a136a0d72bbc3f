import fc from "fast-check";
import { expect, test } from "vitest";
import { acceptsText } from "./fixtures/accepts.js";
import { Grammar } from "./grammar.js";

const atoms = ["a", "b", "é", "😀", ".", "[ab]", "[^a]", "[^é😀]", "\\d", "\\w", "\\S", "\\n", "\\u00e9", "\\u{1f600}", "\\ud83d\\ude00", "\\x61", "[a-c\\d]", "[\\]\\\\-]", "\\.", "\\p{L}", "[\\p{Lu}b]", "\\cJ", "[\\b]", "^", "$"];
const quantifiers = ["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "{0}"];

const { pattern } = fc.letrec<{ pattern: string; sequence: string; item: string }>((tie) => ({
  pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|")),
  sequence: fc.array(tie("item"), { maxLength: 4 }).map((parts) => parts.join("")),
  item: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...quantifiers)).map(([atom, quantifier]) => (atom === "^" || atom === "$" ? atom : atom + quantifier)),
    fc.tuple(fc.constantFrom("(", "(?:", "(?<n>"), tie("pattern"), fc.constantFrom(...quantifiers)).map(([open, inner, quantifier]) => `${open})${quantifier}`.replace(")", () => `${inner})`)),
  ),
}));

const texts = fc.string({ unit: fc.constantFrom("a", "b", "c", "A", "é", "😀", "1", "\n", " ", "\\", "]", "-", ".", "\b"), maxLength: 6 });

test("a pattern holds for the texts for which JavaScript says so", () => {
  fc.assert(
    fc.property(pattern.filter(isPattern), fc.array(texts, { minLength: 20, maxLength: 20 }), (source, samples) => {
      const expected = samples.map((text) => [text, new RegExp(`^(?:${source})$`, "u").test(text)]);
      const grammar = grammarOf(source);
      expect(samples.map((text) => [text, grammar !== undefined && acceptsText(grammar, text)])).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test("as a keyword of a schema it holds where it matches somewhere", () => {
  fc.assert(
    fc.property(pattern.filter(isPattern), fc.array(texts, { minLength: 20, maxLength: 20 }), (source, samples) => {
      const expected = samples.map((text) => [text, new RegExp(source, "u").test(text)]);
      const grammar = grammarOf(source, (own) => Grammar.fromJsonSchema({ type: "string", pattern: own }));
      expect(samples.map((text) => [text, grammar !== undefined && acceptsText(grammar, JSON.stringify(text))])).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

/** Two groups of one name are no pattern. */
function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u").source !== "";
  } catch {
    return false;
  }
}

function grammarOf(source: string, make = Grammar.fromRegex): Grammar | undefined {
  try {
    return make(source);
  } catch (error) {
    if ((error as Error).message === "grammar: no text fits it") return undefined;
    throw error;
  }
}

test.each([
  ["a(?=b)", "look ahead"],
  ["(?<!a)b", "look ahead or behind"],
  ["(a)\\1", "back reference"],
  ["(?<x>a)\\k<x>", "back reference"],
  ["\\bword", "word boundary"],
  ["(?i:a)", "flags"],
  ["(a", "Unterminated group"],
  ["a**", "Nothing to repeat"],
  ["[b-a]", "out of order"],
])("%s is refused: %s", (source, problem) => {
  expect(() => Grammar.fromRegex(source)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(problem) }));
});

test("large classes that many ways lead to are written once for each place, and fit", () => {
  const name = "(?:\\p{Lu}[\\p{L}'-]*|\\p{L}?)";
  const names = Grammar.fromJsonSchema({ type: "string", pattern: `^(?:${name}{1,} ?){0,6}$` });
  expect(["Zoë Ångström", "d'Arc", "Zoë 2", "-"].map((text) => acceptsText(names, JSON.stringify(text)))).toEqual([true, false, false, false]);
  const nested = Grammar.fromJsonSchema({ type: "string", pattern: "((\\p{L}|a)a?|(a|a*?){1,}(\\p{L}|\\p{L}a{0,2}a*|)+?|){1,}|" });
  expect(acceptsText(nested, '"aé"')).toBe(true);
});

test("what grows too large is refused", () => {
  for (const source of ["(a{1000}){1000}", "(".repeat(400) + "a" + ")".repeat(400), "a".repeat(1_000_001)]) {
    expect(() => Grammar.fromRegex(source)).toThrow(expect.objectContaining({ code: "resource_exhausted", reason: "too-large" }));
  }
});
