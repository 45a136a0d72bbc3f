/** Texts on a terminal, by the columns that they take. */
import stringWidth from "string-width";

const characters = new Intl.Segmenter();
// oxlint-disable-next-line no-control-regex -- what it looks for
const sequence = /(\u001B\[[\d;]*m)/u;

/** Columns that the text takes: two for a wide character, none for what changes colours. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Where in the text its first `columns` columns end, never within a character. Gives its length where all of it is within them. */
export function cutAt(text: string, columns: number): number {
  let [at, taken] = [0, 0];
  for (const part of text.split(sequence)) {
    if (sequence.test(part)) {
      at += part.length;
      continue;
    }
    for (const { segment } of characters.segment(part)) {
      taken += stringWidth(segment);
      if (taken > columns) return at;
      at += segment.length;
    }
  }
  return at;
}

/** The text within these columns, with a mark at its end where it was longer. */
export function shortened(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return columns < 1 ? "" : `${text.slice(0, cutAt(text, columns - 1))}…`;
}

/** The text with spaces up to these columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}
