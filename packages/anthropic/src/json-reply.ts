/** How a model is brought to reply in JSON. */
import type { JSONOutputFormat } from "@anthropic-ai/sdk/resources/messages";
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import { StageError } from "@iftk/core";
import type { JsonSchema, ResponseFormat } from "@iftk/inference";
import { provider } from "./failure.js";

/** It is held to a schema, or is given a tool whose arguments are the reply, or is only asked; or it replies as it likes. */
export type JsonReply =
  | { readonly by: "format"; readonly format: JSONOutputFormat }
  | { readonly by: "tool"; readonly description: string; readonly schema: JsonSchema }
  | { readonly by: "asking"; readonly instruction: string }
  | undefined;

/** The tool whose arguments are the reply. Its name is always this, so that a reply can be read without its request. */
export const jsonTool = "reply_in_json";

/** The best of these ways that the model takes; without a schema, that is asking. */
export function jsonReplyOf(format: ResponseFormat | undefined, can: { readonly format: boolean; readonly tool: boolean }): JsonReply {
  if (format?.type !== "json") return undefined;
  const { schema, description } = format;
  if (!schema) return { by: "asking", instruction: [onlyJson, ...(description === undefined ? [] : [`It is ${description}`])].join(" ") };
  const described = description === undefined || "description" in schema ? schema : { ...schema, description };
  if (can.format) return { by: "format", format: { type: "json_schema", schema: heldSchema(described, "responseFormat.schema") } };
  if (can.tool) return { by: "tool", description: description ?? "Gives the reply.", schema };
  return { by: "asking", instruction: `${onlyJson} It must be valid against this JSON Schema: ${JSON.stringify(described)}` };
}

const onlyJson = "Reply with one JSON value and nothing else: no explanation, no code fence.";

/**
 * The schema in the form to which the provider can hold a model: objects have no further properties, and what it does not enforce is
 * in the descriptions. The transformation is the vendor's own.
 *
 * @throws StageError `invalid_argument` that names the place.
 */
export function heldSchema(schema: JsonSchema, place: string): JsonSchema {
  try {
    return transformJSONSchema(schema);
  } catch (cause) {
    throw new StageError("invalid_argument", `${provider}: ${place}: ${cause instanceof Error ? cause.message : "not a JSON Schema"}`, { cause });
  }
}
