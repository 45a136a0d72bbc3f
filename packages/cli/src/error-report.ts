/** Errors as a command tells them. */
import { StageError } from "@iftk/core";
import type { Paint } from "./paint.js";
import { visibleText } from "./visible-text.js";

export interface ErrorReportOptions {
  readonly paint: Paint;
  /** As a line of JSON. */
  readonly json: boolean;
  /** With the stack, and those of its causes. */
  readonly debug: boolean;
}

/** What is written of an error: one clear message, and nothing of its inside unless it is asked for. */
export function errorReport(error: unknown, { paint, json, debug }: ErrorReportOptions): string {
  const { code, reason, message } = StageError.from(error);
  const stacks = debug ? [...stacksOf(error)] : [];
  if (json) return `${JSON.stringify({ type: "error", code, ...(reason !== undefined && { reason }), message, ...(debug && { stacks }) })}\n`;
  return [`${paint("red", "iftk:")} ${visibleText(message || "it failed and did not say why")}`, ...stacks, ""].join("\n");
}

function* stacksOf(error: unknown): Generator<string> {
  let current = error;
  for (let depth = 0; current instanceof Error && depth < 8; depth++) {
    yield `${depth === 0 ? "" : "caused by: "}${current.stack ?? current.message}`;
    current = current.cause;
  }
}
