/** What the page says about an error. */
import { StageError } from "@iftk/core";

const refusals: Readonly<Record<string, string>> = {
  NotAllowedError: "The browser does not let this page use the microphone. Allow it next to the address, then start again.",
  NotFoundError: "No microphone was found. Connect one, then start again.",
  NotReadableError: "The microphone cannot be used now; another program may have it.",
};

/** Says kindly what an error means. */
export function explainFailure(error: unknown): string {
  const refusal = error instanceof DOMException && Object.hasOwn(refusals, error.name) ? refusals[error.name] : undefined;
  if (refusal) return refusal;
  const { code, reason, message } = StageError.from(error);
  if (reason === "microphone" || code === "resource_exhausted") return message;
  if (reason === "overloaded") return "The server is busy. Try again in a moment.";
  if (reason === "truncated") return "The server went away. What was heard until then stays here.";
  if (code === "unavailable") return "The server cannot be reached. Is it still running?";
  if (code === "deadline_exceeded") return "The server does not answer any more.";
  return message || "Something went wrong.";
}
