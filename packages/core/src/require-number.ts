/** Options that are numbers. */
import { StageError } from "./error.js";

/**
 * The number, when it is at least so much and finite.
 *
 * @throws StageError `invalid_argument` that names the option.
 */
export function requireNumber(name: string, value: number, least: number, kind: "whole" | "any" = "any"): number {
  if (Number.isFinite(value) && value >= least && (kind === "any" || Number.isInteger(value))) return value;
  throw new StageError("invalid_argument", `${name} must be a ${kind === "whole" ? "whole number" : "number"} from ${least} on, not ${String(value)}`);
}
