/** Grammars in EBNF, read. */
import { anyCodePoint, codePoints, complement, type CodePoints } from "./code-points.js";
import { choice, type Expression, literal, reference, repeat, sequence } from "./expression.js";
import { limits, refusal, tooLarge } from "./refuse.js";
import { utf8 } from "./utf8.js";

const escapes = new Map([["n", 10], ["r", 13], ["t", 9], ["0", 0], ["b", 8], ["f", 12], ["v", 11]]);

/** Reads the rules of a grammar by their names. */
export function readEbnf(text: string): ReadonlyMap<string, Expression> {
  if (text.length > limits.text) throw tooLarge("EBNF", `${text.length} characters are more than ${limits.text}`);
  return new EbnfReader(text).read();
}

class EbnfReader {
  readonly #text: string;
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): ReadonlyMap<string, Expression> {
    const rules = new Map<string, Expression>();
    for (this.#skip(); this.#index < this.#text.length; this.#skip()) {
      const name = this.#name();
      if (name === undefined || !this.#takes("::=")) throw this.#refusal("expected a rule, name ::= what it is");
      if (rules.has(name)) throw this.#refusal(`there are two rules ${name}`);
      rules.set(name, this.#alternatives());
    }
    return rules;
  }

  #refusal(problem: string): Error {
    const before = this.#text.slice(0, this.#index).split("\n");
    return refusal(`EBNF, line ${before.length}, column ${(before.at(-1) as string).length + 1}`, problem);
  }

  /** Goes over white space and comments. */
  #skip(): void {
    this.#match(/(?:\s|#[^\n]*)*/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#index += found.length;
    return found;
  }

  #takes(text: string): boolean {
    this.#skip();
    if (!this.#text.startsWith(text, this.#index)) return false;
    this.#index += text.length;
    return true;
  }

  #name(): string | undefined {
    this.#skip();
    return this.#match(/[A-Za-z_][A-Za-z0-9_.-]*/y);
  }

  #alternatives(): Expression {
    if (++this.#depth > limits.nesting) throw tooLarge("EBNF", `parentheses nest deeper than ${limits.nesting}`);
    const items = [this.#sequence()];
    while (this.#takes("|")) items.push(this.#sequence());
    this.#depth--;
    return choice(...items);
  }

  #sequence(): Expression {
    const items: Expression[] = [];
    for (let item = this.#item(); item !== undefined; item = this.#item()) items.push(this.#repeated(item));
    return sequence(...items);
  }

  #item(): Expression | undefined {
    this.#skip();
    const next = this.#text[this.#index];
    if (next === '"' || next === "'") return this.#literal();
    if (next === "[") return this.#class();
    if (this.#takes(".")) return utf8(anyCodePoint);
    if (this.#takes("(")) {
      const inner = this.#alternatives();
      if (!this.#takes(")")) throw this.#refusal("expected a closing parenthesis");
      return inner;
    }
    const begin = this.#index;
    const name = this.#name();
    // A name before ::= is the next rule.
    if (name === undefined) return undefined;
    this.#skip();
    if (!this.#text.startsWith("::=", this.#index)) return reference(name);
    this.#index = begin;
    return undefined;
  }

  #repeated(item: Expression): Expression {
    if (this.#takes("*")) return this.#repeated(repeat(item));
    if (this.#takes("+")) return this.#repeated(repeat(item, 1));
    if (this.#takes("?")) return this.#repeated(repeat(item, 0, 1));
    if (!this.#takes("{")) return item;
    const bounds = this.#match(/\s*\d*\s*(?:,\s*\d*\s*)?\}/y);
    if (bounds === undefined || !/\d/.test(bounds)) throw this.#refusal("expected {count}, {least,} or {least,most}");
    const [least = "", most] = bounds.slice(0, -1).split(",").map((part) => part.trim());
    const minimum = Number(least);
    const maximum = most === undefined ? minimum : most === "" ? Infinity : Number(most);
    if (maximum < minimum || !Number.isSafeInteger(minimum)) throw this.#refusal("the numbers of a repetition are out of order");
    return this.#repeated(repeat(item, minimum, maximum));
  }

  #literal(): Expression {
    const quote = this.#text[this.#index++] as string;
    let text = "";
    while (this.#text[this.#index] !== quote) text += String.fromCodePoint(this.#character("a text"));
    this.#index++;
    return literal(text);
  }

  #class(): Expression {
    this.#index++;
    const isNegated = this.#match(/\^/y) !== undefined;
    const ranges: [number, number][] = [];
    while (this.#text[this.#index] !== "]") {
      const from = this.#character("a class");
      const isRange = this.#match(/-(?!\])/y) !== undefined;
      const to = isRange ? this.#character("a class") : from;
      if (to < from) throw this.#refusal("a range goes from a later character to an earlier one");
      ranges.push([from, to]);
    }
    this.#index++;
    const set: CodePoints = codePoints(ranges);
    return utf8(isNegated ? complement(set) : set);
  }

  /** One character of a text or class, as a code point. */
  #character(place: string): number {
    const codePoint = this.#text.codePointAt(this.#index);
    if (codePoint === undefined || codePoint === 10) throw this.#refusal(`${place} is not closed on its line`);
    this.#index += codePoint > 0xffff ? 2 : 1;
    if (codePoint !== 92) return codePoint;
    const code = this.#match(/x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|u\{[0-9A-Fa-f]{1,6}\}/y);
    if (code !== undefined) {
      const value = Number.parseInt(code.replaceAll(/[xuU{}]/g, ""), 16);
      if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) throw this.#refusal(`\\${code} is no character`);
      return value;
    }
    const letter = this.#match(/[^\n]/uy) ?? "";
    const known = escapes.get(letter);
    if (known === undefined && /^$|[A-Za-z0-9]/.test(letter)) throw this.#refusal(`\\${letter} is no escape`);
    return known ?? (letter.codePointAt(0) as number);
  }
}
