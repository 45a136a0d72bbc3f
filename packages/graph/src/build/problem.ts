/** What is wrong with a written pipeline. */
import { StageError } from "@iftk/core";

/** One thing that is wrong, and where. */
export interface PipelineProblem {
  /** Path in the JSON form: `elements[2].properties.ms`, `links[0]`; empty for the whole. */
  readonly place: string;
  /** Name of the element that it is about. */
  readonly element?: string;
  readonly message: string;
  /** What was probably meant. */
  readonly likely?: string;
}

/** The error that lists the problems: `invalid_argument`, reason `pipeline`. */
export function problemsError(problems: readonly PipelineProblem[]): StageError {
  const told = problems.slice(0, mostTold).map(({ place, message }) => `\n  ${place === "" ? "" : `${place}: `}${message}`);
  const rest = problems.length > mostTold ? `\n  and ${problems.length - mostTold} more` : "";
  return new StageError("invalid_argument", `the pipeline cannot be built:${told.join("")}${rest}`, { reason: "pipeline" });
}

const mostTold = 20;
