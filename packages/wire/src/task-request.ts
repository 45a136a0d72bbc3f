/** Calls of tasks as they travel: one envelope for every wire. */
import { StageError } from "@iftk/core";

/**
 * What a call of a task says. A call with one input is one request. On a stream each message is one: only the first
 * carries model and parameters, and it may lack an input. A `Uint8Array` on a stream stands for a request with that input.
 */
export interface TaskRequest {
  /** The id of the model; without it the one that the server takes by default. */
  readonly model?: string | undefined;
  readonly input?: unknown;
  readonly parameters?: unknown;
}

const fields: ReadonlySet<string> = new Set(["model", "input", "parameters"]);

/** The request that a value is. Throws StageError `invalid_argument` for anything else; it names the place. */
export function requestOf(value: unknown, place: () => string): TaskRequest {
  if (value instanceof Uint8Array) return { input: value };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StageError("invalid_argument", `${place()}: expected an object with input, and perhaps model and parameters; got ${value === null ? "null" : Array.isArray(value) ? "an array" : typeof value}`);
  }
  for (const field in value) {
    if (!fields.has(field)) throw new StageError("invalid_argument", `${place()}: there is no field ${JSON.stringify(field.slice(0, 64))}; a request has model, input and parameters`);
  }
  const request = value as TaskRequest;
  if (request.model !== undefined && typeof request.model !== "string") throw new StageError("invalid_argument", `${place()}: model must be the id of a model, a string; got ${typeof request.model}`);
  return request;
}
