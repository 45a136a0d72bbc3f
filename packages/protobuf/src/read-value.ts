/** What a node of a JSON Schema is in Protocol Buffers. */
import { StageError } from "@iftk/core";
import type { JsonSchema, SchemaDocument } from "./json-schema.js";
import { unrepresentable } from "./json-schema.js";
import type { ScalarName } from "./declaration.js";

/** A node in the terms of Protocol Buffers; `json` is whatever they have no type for. */
export type ValueKind =
  | { readonly kind: ScalarName | "base64" | "json" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "message"; readonly properties: Readonly<Record<string, JsonSchema>> }
  | { readonly kind: "repeated"; readonly items: JsonSchema }
  | { readonly kind: "map"; readonly values: JsonSchema };

const json: ValueKind = { kind: "json" };

/** The kind of a node that is no reference. Throws StageError `invalid_argument`, with the place in front, for one that no message can carry. */
export function readKind(schema: JsonSchema, place: string): ValueKind {
  if (isBytes(schema)) return { kind: "bytes" };
  if (schema[unrepresentable] !== undefined) {
    throw new StageError("invalid_argument", `${place}: a schema of type ${schema[unrepresentable]} cannot be sent; take a string or a number in its place, and for bytes say so with .meta({ contentEncoding: "binary" }).`);
  }
  if (schema.anyOf || schema.oneOf || schema.allOf) return json;
  if (schema.enum && schema.enum.length > 0 && schema.enum.every((value) => typeof value === "string")) return { kind: "enum", values: schema.enum };
  switch (schema.type) {
    case "string":
      return { kind: schema.contentEncoding === "base64" ? "base64" : "string" };
    case "boolean":
      return { kind: "bool" };
    case "number":
      return { kind: "double" };
    case "integer":
      return { kind: integerOf(schema) };
    case "array":
      return schema.prefixItems || typeof schema.items !== "object" ? json : { kind: "repeated", items: schema.items };
    case "object":
      return objectOf(schema);
    case undefined:
    default:
      return json;
  }
}

function integerOf({ minimum, maximum }: JsonSchema): ScalarName {
  if (minimum === -(2 ** 31) && maximum === 2 ** 31 - 1) return "int32";
  return minimum === 0 && maximum === 2 ** 32 - 1 ? "uint32" : "int64";
}

/** Objects that hold properties beyond those named are no messages; those that name none are maps. */
function objectOf({ properties, additionalProperties }: JsonSchema): ValueKind {
  const isOpen = additionalProperties === true || typeof additionalProperties === "object";
  if (!isOpen) return properties ? { kind: "message", properties } : json;
  const names = Object.keys(properties ?? {});
  return names.length === 0 && typeof additionalProperties === "object" ? { kind: "map", values: additionalProperties } : json;
}

function isBytes({ type, contentEncoding }: JsonSchema): boolean {
  return contentEncoding !== undefined && (type !== "string" || contentEncoding === "binary");
}

/** Throws StageError `invalid_argument`, with the place in front, where a node that is sent as JSON holds anything that JSON cannot carry. */
export function checkJson(document: SchemaDocument, root: JsonSchema, place: string): void {
  const seen = new Set<JsonSchema>();
  function visit(node: JsonSchema | boolean | undefined): void {
    if (typeof node !== "object") return;
    const { schema } = document.resolve(node);
    if (seen.has(schema)) return;
    seen.add(schema);
    readKind(schema, place);
    if (isBytes(schema)) throw new StageError("invalid_argument", `${place}: bytes cannot lie in a union, in a list of lists or in anything else that has no type in Protocol Buffers; put an object or a text of base64 between.`);
    const { items, additionalProperties, properties = {}, prefixItems = [], anyOf = [], oneOf = [], allOf = [] } = schema;
    for (const inner of [items, additionalProperties, ...Object.values(properties), ...prefixItems, ...anyOf, ...oneOf, ...allOf]) visit(inner);
  }
  visit(root);
}
