/** The JSON Schema that a model is told. */
import { StageError, type StandardSchema } from "@iftk/core";
import type { JsonSchema } from "../chat.js";
import { mapSchema } from "./map-schema.js";

/** What a model is told of the value it is to give, and how to get at the value. */
export interface ModelSchema {
  /** The schema of an object: models and providers take no other. */
  readonly schema: JsonSchema;
  /** The value that is meant within what the model gives, whole or partial: a value that is no object stands in one, as its member `value`. */
  readonly unwrap: (given: unknown) => unknown;
}

/** The part of StandardJSONSchemaV1 (standardschema.dev) by which a schema tells its JSON Schema. */
interface JsonSchemaConverter {
  input(options: { readonly target: string }): JsonSchema;
}

const drafts = ["draft-2020-12", "draft-07"];

/**
 * What a model is told: the JSON Schema that is given, or else the schema's own, for what goes into the schema.
 *
 * Of the schema's own, objects are closed: members that it does not name are nothing a model should make up, and some
 * providers hold a model only to closed objects.
 *
 * @throws StageError `invalid_argument` for a schema that has none.
 */
export function modelSchema(schema: StandardSchema<unknown, unknown>, given: JsonSchema | undefined): ModelSchema {
  const { $schema: _dialect, ...told } = given ?? close(jsonSchemaOf(schema));
  return told.type === "object" ? { schema: told, unwrap: (value) => value } : { schema: wrap(told), unwrap: memberValue };
}

function jsonSchemaOf(schema: StandardSchema<unknown, unknown>): JsonSchema {
  const { vendor, jsonSchema } = schema["~standard"] as StandardSchema<unknown>["~standard"] & { readonly vendor: string; readonly jsonSchema?: JsonSchemaConverter };
  const refuse = (why: string, cause?: unknown): StageError => new StageError("invalid_argument", `the schema (${vendor}) has no JSON Schema to tell a model: ${why}; give one by the option jsonSchema`, { cause });
  if (!jsonSchema) throw refuse("its library does not follow StandardJSONSchemaV1");
  let failure: unknown;
  for (const target of drafts) {
    try {
      return jsonSchema.input({ target });
    } catch (error) {
      failure ??= error;
    }
  }
  throw refuse(failure instanceof Error ? failure.message : String(failure), failure);
}

/** Closes objects, but for those that are to be met together with others. */
function close(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (one) => (one.type === "object" && one.properties !== undefined && one.additionalProperties === undefined && one.allOf === undefined ? { ...one, additionalProperties: false } : one), ["allOf"]);
}

/** The schema of an object with the value as its only member. */
function wrap(schema: JsonSchema): JsonSchema {
  const moved = mapSchema(schema, (one) => (one.$ref === "#" ? { ...one, $ref: "#/properties/value" } : one));
  const { $defs, definitions, ...value } = moved;
  return { type: "object", properties: { value }, required: ["value"], additionalProperties: false, ...($defs !== undefined && { $defs }), ...(definitions !== undefined && { definitions }) };
}

function memberValue(given: unknown): unknown {
  return typeof given === "object" && given !== null && Object.hasOwn(given, "value") ? (given as { readonly value: unknown }).value : undefined;
}
