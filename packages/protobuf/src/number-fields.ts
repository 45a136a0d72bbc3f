/** Numbers of fields: those that authors give, and the next free ones for the rest. */
import { StageError } from "@iftk/core";

/** What is to be numbered. */
export interface Numbered {
  readonly name: string;
  /** The number that its author gave. */
  readonly number: unknown;
}

const greatest = 2 ** 29 - 1;
/** Numbers that the language keeps for itself. */
const kept = { from: 19_000, to: 19_999 };

/**
 * The number of each, in their order.
 * Throws StageError `invalid_argument`, with `place` in front, for names that meet, numbers that meet and numbers that no field can have.
 */
export function numberFields(fields: readonly Numbered[], place: string): number[] {
  const names = new Set<string>();
  const owners = new Map<number, string>();
  for (const { name, number } of fields) {
    if (names.has(name)) throw new StageError("invalid_argument", `${place}: two properties become the field ${name}; rename one of them.`);
    names.add(name);
    if (number === undefined) continue;
    if (!isFieldNumber(number)) throw new StageError("invalid_argument", `${place}.${name}: the field number must be an integer from 1 to ${greatest} outside ${kept.from} to ${kept.to}; got ${JSON.stringify(number)?.slice(0, 32)}.`);
    const owner = owners.get(number);
    if (owner !== undefined) throw new StageError("invalid_argument", `${place}: ${owner} and ${name} both have the field number ${number}; change one of them.`);
    owners.set(number, name);
  }
  let next = 1;
  return fields.map(({ number }) => {
    if (number !== undefined) return number as number;
    while (owners.has(next) || !isFieldNumber(next)) next += 1;
    return next++;
  });
}

function isFieldNumber(number: unknown): number is number {
  return Number.isInteger(number) && (number as number) >= 1 && (number as number) <= greatest && ((number as number) < kept.from || (number as number) > kept.to);
}
