/** Options that are numbers. */
import { StageError } from "./error.js";

/**
 * The number, when it is finite and at least so much.
 *
 * @param name what a caller knows the option by: `retry: attempts`
 * @throws StageError `invalid_argument` that names the option.
 */
export function requireNumber(name: string, value: number, least: number, kind: "whole" | "any" = "any"): number {
  const isWhole = kind === "whole";
  if (value >= least && (isWhole ? Number.isInteger(value) : Number.isFinite(value))) return value;
  throw new StageError("invalid_argument", `${name} must be a ${isWhole ? "whole " : ""}number from ${least} on, not ${String(value)}`);
}
