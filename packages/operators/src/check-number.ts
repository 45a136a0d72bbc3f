/** The refusal of numbers that an operator cannot work with. */
import { StageError } from "@iftk/core";

/** Gives the number back when it is whole and not below the least. @throws StageError `invalid_argument` */
export function wholeNumber(label: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new StageError("invalid_argument", `${label} must be a whole number from ${least} on, not ${String(value)}`);
}

/** Gives the time back when it is a finite number of milliseconds and not below the least. @throws StageError `invalid_argument` */
export function milliseconds(label: string, value: number, least = 0): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new StageError("invalid_argument", `${label} must be a number of milliseconds from ${least} on, not ${String(value)}`);
}
