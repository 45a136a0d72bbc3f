/** Streams written as text, a character for a step of time. */
import { StageError } from "@iftk/core";

/** What happens at one instant: a value by its letter, the end, or an error. */
export interface Marble {
  readonly kind: "value" | "end" | "error";
  readonly letter: string;
  /** Steps from the start. */
  readonly step: number;
}

/** A script as it was read. */
export interface MarbleScript {
  readonly marbles: readonly Marble[];
  /** Steps that it covers. */
  readonly steps: number;
}

const kinds = { "|": "end", "#": "error" } as const;
const kindOf = (letter: string): Marble["kind"] => (letter === "|" || letter === "#" ? kinds[letter] : "value");

/** Whether a text can stand for a value in a script: one character that means nothing else. */
export const isLetter = (text: string): boolean => Array.from(text).length === 1 && !/[\s|#()-]/u.test(text);

/**
 * Reads a script: `-` is a step in which nothing happens, a letter a value, `|` the end, `#` an error, `(ab|)` all in one step.
 *
 * Every one of these takes one step, a group as a whole too; blanks take none.
 *
 * @throws StageError `invalid_argument` with the column of what cannot be.
 */
export function parseMarbles(script: string): MarbleScript {
  const marbles: Marble[] = [];
  let step = 0;
  let groupAt: number | undefined;
  let isOver = false;
  const refuse = (column: number, problem: string): never => {
    throw new StageError("invalid_argument", `marbles: ${problem} at column ${column} of ${JSON.stringify(script)}`);
  };
  const characters = Array.from(script);
  characters.forEach((letter, index) => {
    const column = index + 1;
    if (/\s/u.test(letter)) return;
    if (letter === "(") {
      if (groupAt !== undefined) refuse(column, "a group within a group");
      groupAt = column;
    } else if (letter === ")") {
      if (groupAt === undefined) refuse(column, "a ) without its (");
      if (marbles.at(-1)?.step !== step) refuse(column, "an empty group");
      groupAt = undefined;
      step++;
    } else {
      if (isOver) refuse(column, `${JSON.stringify(letter)} after the end`);
      if (letter === "-") {
        if (groupAt !== undefined) refuse(column, "a step of time within a group");
      } else {
        const kind = kindOf(letter);
        isOver = kind !== "value";
        marbles.push({ kind, letter, step });
      }
      if (groupAt === undefined) step++;
    }
  });
  if (groupAt !== undefined) refuse(groupAt, "a ( without its )");
  return { marbles, steps: step };
}

/** Writes a script, the shortest there is for it; `parseMarbles` reads it back. */
export function formatMarbles({ marbles, steps }: MarbleScript): string {
  let text = "";
  for (let step = 0; step < steps; step++) {
    const letters = marbles.filter((marble) => marble.step === step).map(({ letter }) => letter);
    text += letters.length === 0 ? "-" : letters.length === 1 ? letters.join("") : `(${letters.join("")})`;
  }
  return text;
}
