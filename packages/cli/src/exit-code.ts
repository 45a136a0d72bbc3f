/** How commands end. */
import { StageError } from "@iftk/core";

/** Exit codes with what they mean. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The command line or the pipeline is not right: nothing has run. */
  usage: 2,
  /** Stopped by Ctrl-C or SIGTERM. */
  stopped: 130,
  /** Whoever read the output has left. */
  brokenPipe: 141,
} as const;

/** The part of the help that tells them. */
export const exitCodesHelp = `
Exit codes:
  0    done
  1    failed
  2    usage, or a pipeline with problems: nothing has run
  130  stopped by Ctrl-C or SIGTERM; a second one ends it where it is
  141  broken pipe: whoever read the output has left`;

/** A command line that cannot be followed. */
export function usageError(message: string, cause?: unknown): StageError {
  return new StageError("invalid_argument", message, { reason: "usage", cause });
}

const reasonsOfUsage = new Set<string | undefined>(["usage", "syntax", "pipeline"]);

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  return StageError.is(error) && reasonsOfUsage.has(error.reason) ? exitCodes.usage : exitCodes.failed;
}
