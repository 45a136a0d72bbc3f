/** The keywords of JSON Schema, and the values they must have. */
import { refusal } from "../refuse.js";
import type { Located } from "./shape.js";

export type SchemaObject = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about which values are allowed. */
const annotations = new Set([
  "$schema", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly",
  "contentMediaType", "contentEncoding", "contentSchema", "discriminator", "externalDocs", "xml",
]);

const assertions = new Set([
  "type", "nullable", "enum", "const", "$ref", "allOf", "anyOf", "oneOf",
  "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
  "minLength", "maxLength", "pattern", "format",
  "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems",
  "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
]);

/** The schema as an object whose keywords are all known. @throws StageError `invalid_argument` otherwise. */
export function checkedSchema({ schema, place }: Located): SchemaObject {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) throw refusal(place, "a schema is an object, true or false");
  for (const keyword of Object.keys(schema)) {
    if (assertions.has(keyword) || annotations.has(keyword) || keyword.startsWith("x-")) continue;
    if (keyword === "$id" && place === "schema #") continue;
    throw refusal(place, `the keyword ${JSON.stringify(keyword)} cannot be held`);
  }
  return schema as SchemaObject;
}

/** A schema inside of another. */
export function inside({ place }: Located, keyword: string, schema: unknown): Located {
  return { schema, place: `${place}/${keyword.replaceAll("~", "~0").replaceAll("/", "~1")}` };
}

/** A keyword that is a list of schemas. */
export function schemaList(located: Located, schema: SchemaObject, keyword: string): Located[] | undefined {
  const list = schema[keyword];
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length === 0) throw refusal(located.place, `${keyword}: expected a list of schemas`);
  return list.map((item, index) => inside(located, `${keyword}/${index}`, item));
}

/** A keyword that is an object of schemas. */
export function schemaMap(located: Located, schema: SchemaObject, keyword: string): Map<string, [Located]> {
  const map = schema[keyword] ?? {};
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw refusal(located.place, `${keyword}: expected an object of schemas`);
  return new Map(Object.entries(map).map(([name, value]) => [name, [inside({ schema, place: `${located.place}/${keyword}` }, name, value)]]));
}

export function numberOf({ place }: Located, schema: SchemaObject, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) throw refusal(place, `${keyword}: expected a number, got ${JSON.stringify(value)}`);
  return value;
}

export function countOf(located: Located, schema: SchemaObject, keyword: string, byDefault: number): number {
  const value = numberOf(located, schema, keyword);
  if (value === undefined) return byDefault;
  if (!Number.isSafeInteger(value) || value < 0) throw refusal(located.place, `${keyword}: expected an integer of at least 0, got ${value}`);
  return value;
}

export function stringOf({ place }: Located, schema: SchemaObject, keyword: string): string | undefined {
  const value = schema[keyword];
  if (value !== undefined && typeof value !== "string") throw refusal(place, `${keyword}: expected a string, got ${JSON.stringify(value)}`);
  return value;
}

export function stringsOf({ place }: Located, schema: SchemaObject, keyword: string): readonly string[] {
  const value = schema[keyword] ?? [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) throw refusal(place, `${keyword}: expected a list of strings`);
  return value as string[];
}

/** The types that a schema names, all of them when it names none. */
export function typesOf({ place }: Located, schema: SchemaObject): ReadonlySet<string> {
  const all = ["null", "boolean", "integer", "number", "string", "array", "object"];
  if (schema["type"] === undefined) return new Set(all);
  const named: readonly unknown[] = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  const unknown = named.find((type) => typeof type !== "string" || !all.includes(type));
  if (named.length === 0 || unknown !== undefined) throw refusal(place, `type: ${JSON.stringify(schema["type"])} is none; there are ${all.join(", ")}`);
  return new Set([...(named as string[]), ...(schema["nullable"] === true ? ["null"] : [])]);
}
