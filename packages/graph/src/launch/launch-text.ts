/** The text of a launch line, and how far it is read. */
import { PipelineSyntaxError, quoted } from "./pipeline-syntax-error.js";

/** White space and comments. */
const space = /(?:\s+|#[^\r\n]*)+/y;

/** What elements, references, caps and properties begin with. */
const word = /[^\s!()"'=,#]+/y;
const anyCharacter = /./suy;

/** Reads a text from its beginning on: every part of it is looked at a bounded number of times. */
export class LaunchText {
  readonly text: string;
  /** Where the next part begins. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The character that comes next; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  /** Passes white space and comments. */
  skip(): this {
    this.match(space);
    return this;
  }

  /** Passes what the sticky pattern finds here, and gives it; undefined where it finds nothing. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Passes the character when it comes next, after white space. */
  take(character: string): boolean {
    if (this.skip().next !== character) return false;
    this.at++;
    return true;
  }

  /** Passes a word, after white space. */
  word(): string | undefined {
    return this.skip().match(word);
  }

  /** The word or character that comes next, after white space; empty at the end. */
  peek(): string {
    const start = this.skip().at;
    const found = this.match(word) ?? this.match(anyCharacter) ?? "";
    this.at = start;
    return found;
  }

  /** Fails at what comes next. */
  failHere(problem: string): never {
    const found = this.peek();
    return found === "" ? this.fail(this.text.trimEnd().length, `${problem}, found the end`) : this.fail(this.at, `${problem}, found ${quoted(found)}`, { length: found.length });
  }

  /** Fails at a place that was passed. */
  fail(offset: number, problem: string, options: { readonly length?: number; readonly likely?: string | undefined } = {}): never {
    throw new PipelineSyntaxError(this.text, offset, problem, options);
  }
}
