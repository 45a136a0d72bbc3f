/** What the OpenAPI documents of all servers of tasks have in common. */
import type { JsonObject } from "./json-schema.js";

/** A reference to a schema of the document. */
export function refTo(schema: string): JsonObject {
  return { $ref: `#/components/schemas/${schema}` };
}

/** JSON content of a schema. */
export function json(schema: JsonObject): JsonObject {
  return { "application/json": { schema } };
}

/** An answer with JSON of a schema. */
export function jsonAnswer(description: string, schema: JsonObject): JsonObject {
  return { description, content: json(schema) };
}

/** What any call may be answered with instead. */
export const errorsAnswer = jsonAnswer("An error, under the status of its code.", refTo("Error"));

const text = { type: "string" };
const codes = ["canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "permission_denied", "resource_exhausted", "failed_precondition", "unimplemented", "internal", "unavailable", "unauthenticated"];

/** The schemas that do not depend on the tasks. */
export const commonSchemas: JsonObject = {
  ErrorFields: {
    type: "object",
    properties: {
      code: { enum: codes },
      message: text,
      reason: { ...text, description: "Finer than the code, such as model, task, mode, too-large or overloaded." },
      retryAfter: { type: "number", description: "Milliseconds after which another try may succeed." },
      stage: text,
    },
    required: ["code", "message"],
  },
  Error: { type: "object", properties: { error: refTo("ErrorFields") }, required: ["error"] },
  JobStatus: {
    type: "object",
    properties: {
      id: text,
      name: text,
      status: { enum: ["queued", "running", "completed", "canceled", "failed"] },
      progress: { type: "integer", description: "Parts of the output so far." },
      queuedAt: { type: "number", description: "Milliseconds since the epoch, as the times below." },
      startedAt: { type: "number" },
      endedAt: { type: "number" },
      error: refTo("ErrorFields"),
    },
    required: ["id", "name", "status", "progress", "queuedAt"],
  },
  ModelInfo: {
    type: "object",
    properties: { id: text, aliases: { type: "array", items: text }, tasks: { type: "array", items: text }, loaded: { type: "boolean" } },
    required: ["id"],
  },
  Models: { type: "object", properties: { models: { type: "array", items: refTo("ModelInfo") } }, required: ["models"] },
};

/** The paths around the tasks. */
export function serverPaths({ hasManagement, isProtected }: { readonly hasManagement: boolean; readonly isProtected: boolean }): JsonObject {
  const operation = { tags: ["server"] };
  const models = jsonAnswer("The models.", refTo("Models"));
  return {
    "/health": {
      get: { ...operation, operationId: "Health", summary: "Whether the server takes calls.", ...(isProtected ? { security: [] } : {}), responses: { "200": { description: "It does.", content: { "text/plain": { schema: { const: "OK" } } } }, "503": errorsAnswer } },
    },
    "/info/version": { get: { ...operation, operationId: "Version", summary: "What runs here.", responses: { "200": jsonAnswer("Its versions.", { type: "object", additionalProperties: text }), default: errorsAnswer } } },
    "/info/models": { get: { ...operation, operationId: "Models", summary: "The models there are.", responses: { "200": models, default: errorsAnswer } } },
    ...(hasManagement
      ? {
          "/management/models": { post: { ...operation, operationId: "DeployModel", summary: "Loads a model now, also one that was taken away.", requestBody: { required: true, content: json({ type: "object", properties: { id: text }, required: ["id"] }) }, responses: { "201": jsonAnswer("The model.", refTo("ModelInfo")), default: errorsAnswer } } },
          "/management/models/{id}": {
            parameters: [{ name: "id", in: "path", required: true, schema: text }],
            delete: { ...operation, operationId: "UndeployModel", summary: "Takes a model away.", responses: { "204": { description: "It is gone." }, default: errorsAnswer } },
          },
        }
      : {}),
  };
}
