import { StageError } from "@iftk/core";

/** The number, when it is a whole one and at least so much. Throws StageError `invalid_argument` that names the option otherwise. */
export function requireNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new StageError("invalid_argument", `${name} must be a whole number from ${least} on, not ${String(value)}`);
}
