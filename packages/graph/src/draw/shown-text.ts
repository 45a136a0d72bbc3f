/** Texts of a description as a picture shows them. */
import type { PropertyValue } from "../description.js";

/** Characters of a line, at most. */
const longest = 48;

/** Characters that are not seen as they are: controls, marks of direction, spaces other than the plain one, halves of pairs. */
const unseen = /[\p{C}\p{Z}]/gu;

/** The text as one line of characters that are seen, cut where it is long. */
export function shownText(text: string): string {
  const characters = Array.from(text.slice(0, 2 * longest));
  const shown = characters.length > longest || text.length > 2 * longest ? `${characters.slice(0, longest - 1).join("")}…` : text;
  return shown.replaceAll(unseen, (character) => (character === " " ? " " : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`));
}

/** A property as `name=value`: plain texts bare, everything else as JSON. */
export function shownProperty(name: string, value: PropertyValue): string {
  return shownText(`${name}=${typeof value === "string" && /^[a-z][\w./:-]*$/iu.test(value) ? value : JSON.stringify(value)}`);
}
