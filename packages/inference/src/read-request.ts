/** Requests as they reach the engine. */
import type { z } from "zod";
import { defined } from "./defined.js";
import type { ModelOptions } from "./engine.js";
import { parseRequest } from "./parse-request.js";

/** The request, with the defaults of the model for what it leaves out. Throws StageError `invalid_argument` that names the place. */
export function readRequest<Schema extends z.ZodType>(schema: Schema, { model: _model, api: _api, raw: _raw, ...defaults }: ModelOptions, input: unknown): z.output<Schema> {
  return parseRequest(schema, { ...defined(defaults), ...(typeof input === "object" && input !== null && defined(input)) });
}
