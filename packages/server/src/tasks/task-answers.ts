/** Answers of the paths around the tasks. */
import { StageError } from "@iftk/core";
import { errorAnswer, jsonHeaders } from "../error-answer.js";
import type { Answer } from "../exchange.js";

/** A value as JSON. */
export function valueAnswer(value: unknown, status = 200): Answer {
  return { status, headers: jsonHeaders, body: JSON.stringify(value) };
}

/** The answer to a method that the path does not know. */
export function methodRefused(...allowed: readonly string[]): Answer {
  return errorAnswer(new StageError("unimplemented", `This path is asked with ${allowed.join(" or ")}.`, { reason: "method" }), { status: 405, headers: { allow: allowed.join(", ") } });
}
