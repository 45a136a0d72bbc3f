/** Requests as they reach the engine. */
import type { ModelOptions } from "./engine.js";
import { parseRequest } from "./parse-request.js";
import type { z } from "zod";

/** The request, with the defaults of the model for what it leaves out. Throws StageError `invalid_argument` that names the place. */
export function readRequest<Schema extends z.ZodType>(schema: Schema, { model: _model, api: _api, raw: _raw, ...defaults }: ModelOptions, input: unknown): z.output<Schema> {
  const given = typeof input === "object" && input !== null ? Object.entries(input).filter(([, value]) => value !== undefined) : [];
  return parseRequest(schema, { ...defaults, ...Object.fromEntries(given) });
}
