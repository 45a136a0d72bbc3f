/** Walking through the schemas within a JSON Schema. */
import type { JsonSchema } from "../chat.js";

/** Keywords that hold one schema, or in older drafts a list of them. */
const single = ["items", "additionalItems", "contains", "additionalProperties", "unevaluatedItems", "unevaluatedProperties", "propertyNames", "not", "if", "then", "else"];
/** Keywords that hold a list of schemas. */
const lists = ["anyOf", "oneOf", "allOf", "prefixItems"];
/** Keywords that hold schemas by name. */
const named = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema with every schema in it, itself included, as the function gives it; those under the keywords in `except` are left as they are. */
export function mapSchema(schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema, except: readonly string[] = []): JsonSchema {
  const mapOne = (value: unknown): unknown => (isSchema(value) ? mapSchema(value, change, except) : value);
  const mapMember = (keyword: string, value: unknown): unknown => {
    if (except.includes(keyword)) return value;
    if (single.includes(keyword) || lists.includes(keyword)) return Array.isArray(value) ? value.map(mapOne) : mapOne(value);
    if (named.includes(keyword) && isSchema(value)) return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, mapOne(of)]));
    return value;
  };
  return change(Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, mapMember(keyword, value)])));
}
