/** The error of a launch line that cannot be read. */
import { StageError } from "@iftk/core";

/** Columns that are shown of a line, so that the carets stand under it in a terminal of 80. */
const widest = 76;
const longestWord = 64;

/** Says where a launch line cannot be read and what was expected there, under the line itself with a caret. */
export class PipelineSyntaxError extends StageError {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** From 0, in UTF-16 units. */
  readonly offset: number;
  /** The message without its place. */
  readonly problem: string;
  /** What may have been meant. */
  readonly likely: string | undefined;

  /** @param length of what is wrong, in UTF-16 units */
  constructor(text: string, offset: number, problem: string, { length = 1, likely }: { readonly length?: number; readonly likely?: string | undefined } = {}) {
    const place = placeOf(text, offset);
    const message = likely === undefined ? problem : `${problem}; did you mean ${JSON.stringify(likely)}?`;
    super("invalid_argument", `${place.line}:${place.column}: ${message}\n${excerpt(place, length)}`, { reason: "syntax" });
    this.line = place.line;
    this.column = place.column;
    this.offset = offset;
    this.problem = problem;
    this.likely = likely;
  }

  static {
    Object.defineProperty(this.prototype, "name", { value: "PipelineSyntaxError", configurable: true, writable: true });
  }
}

/** A word as messages show it: in quotes, cut when it is long, without what steers a terminal. */
export function quoted(word: string): string {
  return visible(JSON.stringify(word.length > longestWord ? `${word.slice(0, longestWord)}…` : word));
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly before: string;
  readonly after: string;
}

/** Line and column of a place in a text. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split(/\r\n|[\r\n]/);
  const start = before.at(-1) ?? "";
  const [after = ""] = text.slice(offset, offset + 4 * widest).split(/[\r\n]/, 1);
  return { line: before.length, column: Array.from(start).length + 1, before: start, after };
}

/** The line, or what is around the place where it is long, and carets under what is wrong. */
function excerpt({ before, after }: Place, length: number): string {
  const [left, right] = [visible(before.slice(-4 * widest)), visible(after)];
  const rest = clipped(right, Math.max(widest / 2, widest - widthOf(left)));
  const head = reversed(clipped(reversed(left), widest - widthOf(rest)));
  const wrong = Math.min(widthOf(visible(after.slice(0, length))), widthOf(rest));
  return `  ${head}${rest}\n  ${" ".repeat(widthOf(head))}${"^".repeat(Math.max(1, wrong))}`;
}

/** As much of a text, from its beginning on, as that many columns hold. */
function clipped(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [shown, left] = ["", columns - 1];
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    shown += character;
  }
  return `${shown}…`;
}

function reversed(text: string): string {
  return Array.from(text).toReversed().join("");
}

/** Control characters, and halves of characters, as one visible character each: what is printed does not steer a terminal. */
function visible(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => (character === "\t" ? " " : character < " " ? String.fromCodePoint(0x2400 + (character.codePointAt(0) ?? 0)) : "\uFFFD"));
}

/** Columns that a text takes in a terminal. */
function widthOf(text: string): number {
  return Array.from(text.replaceAll(/\p{M}/gu, "").replaceAll(/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/gu, "  ")).length;
}
