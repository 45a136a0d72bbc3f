/** Which JSON Schemas OpenAI can hold a model to. */
import type { JsonSchema } from "@iftk/inference";
import { isRecord } from "./record.js";

const unsupported = ["allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties", "propertyNames", "unevaluatedProperties", "prefixItems", "contains"];

/**
 * Whether a schema is one that OpenAI's strict mode takes: its root is an object, every object in it forbids other properties and
 * requires all its own, and it has none of the keywords that the mode lacks.
 *
 * Source: OpenAI's guide to structured outputs, "Supported schemas".
 */
export function isStrictSchema(schema: JsonSchema): boolean {
  return schema["type"] === "object" && !("anyOf" in schema) && holds(schema, 0);
}

const deepest = 64;

function holds(schema: unknown, depth: number): boolean {
  if (!isRecord(schema) || depth > deepest || unsupported.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  const { type, properties, required, additionalProperties, items, anyOf, $defs, definitions } = schema;
  if (type === "object" || (Array.isArray(type) && type.includes("object")) || properties !== undefined) {
    if (!isRecord(properties) || additionalProperties !== false || !Array.isArray(required)) return false;
    if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  }
  const inner = [properties, $defs, definitions].flatMap((group) => (isRecord(group) ? Object.values(group) : []));
  if (items !== undefined) inner.push(items);
  if (Array.isArray(anyOf)) inner.push(...(anyOf as unknown[]));
  return inner.every((one) => holds(one, depth + 1));
}
