/** Regular expressions over characters, as they are read and put together. */
import type { CodePoints } from "./code-points.js";

/** A regular expression; `start` and `end` hold where the whole text starts and ends. */
export type Pattern =
  | { readonly type: "character"; readonly set: CodePoints }
  | { readonly type: "sequence"; readonly items: readonly Pattern[] }
  | { readonly type: "choice"; readonly items: readonly Pattern[] }
  | { readonly type: "repeat"; readonly item: Pattern; readonly minimum: number; readonly maximum: number }
  | { readonly type: "start" }
  | { readonly type: "end" };

export function oneOf(set: CodePoints): Pattern {
  return { type: "character", set };
}

export function inOrder(...items: readonly Pattern[]): Pattern {
  return { type: "sequence", items };
}

export function either(...items: readonly Pattern[]): Pattern {
  return { type: "choice", items };
}

export function times(item: Pattern, minimum = 0, maximum = Infinity): Pattern {
  return { type: "repeat", item, minimum, maximum };
}

/** A text and nothing else. */
export function exactly(text: string): Pattern {
  return inOrder(...Array.from(text, (character) => oneOf([[character.codePointAt(0) as number, character.codePointAt(0) as number]])));
}
