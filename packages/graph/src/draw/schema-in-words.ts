/** JSON Schema in words. */
import type { z } from "zod";

type Schema = z.core.JSONSchema.JSONSchema;

/** What a value of a schema is, in a few words: `whole number from 1 to 10`, `"one" or "two"`, `list of texts`. */
export function schemaInWords(schema: Schema | boolean, root: Schema, depth = 0): string {
  if (typeof schema === "boolean" || depth > 4) return "any JSON value";
  const within = (inner: Schema | boolean): string => schemaInWords(inner, root, depth + 1);
  const choices = schema.anyOf ?? schema.oneOf;
  if (schema.$ref !== undefined) return within(definitionOf(schema.$ref, root));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return listed(schema.enum.map((value) => JSON.stringify(value)));
  if (choices) return listedTypes(new Set((choices as readonly Schema[]).map(within)));
  if (Array.isArray(schema.type)) return listed((schema.type as Schema["type"][]).map((type) => within({ ...schema, type } as Schema)));
  switch (schema.type) {
    case "integer":
      return `whole number${rangeOf(schema)}`;
    case "number":
      return `number${rangeOf(schema)}`;
    case "string":
      return `text${lengthOf("character", schema.minLength, schema.maxLength)}${schema.format === undefined ? "" : ` (${schema.format})`}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return `list${isSchema(schema.items) ? ` of ${within(schema.items as Schema)}` : ""}${lengthOf("item", schema.minItems, schema.maxItems)}`;
    case "object":
      return "object";
    case undefined:
    default:
      return schema.allOf ? listed((schema.allOf as readonly Schema[]).map(within)) : "any JSON value";
  }
}

const isSchema = (items: unknown): boolean => typeof items === "object" && items !== null && !Array.isArray(items) && Object.keys(items).length > 0;

function definitionOf(reference: string, root: Schema): Schema | boolean {
  const name = /^#\/\$defs\/(.+)$/u.exec(reference)?.[1];
  return name !== undefined && root.$defs && Object.hasOwn(root.$defs, name) ? (root.$defs[name] as Schema) : true;
}

/** Bounds of a number. Those of all safe whole numbers go without saying. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const told = (bound: unknown): number | undefined => (typeof bound === "number" && Number.isFinite(bound) && Math.abs(bound) !== Number.MAX_SAFE_INTEGER ? bound : undefined);
  const [least, most, above, below] = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].map(told);
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const words = [least !== undefined ? `from ${least}` : "", above !== undefined ? `above ${above}` : "", most !== undefined ? `up to ${most}` : "", below !== undefined ? `below ${below}` : ""].filter(Boolean);
  return words.length === 0 ? "" : ` ${words.join(", ")}`;
}

function lengthOf(unit: string, least = 0, most = Infinity): string {
  if (least === 0 && most === Infinity) return "";
  const range = least === most ? `${least}` : least === 0 ? `at most ${most}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return `, ${range} ${unit}${(most === Infinity ? least : most) === 1 ? "" : "s"}`;
}

function listedTypes(types: ReadonlySet<string>): string {
  return ["text", "number", "true or false", "null", "object"].every((type) => types.has(type)) ? "any JSON value" : listed([...types]);
}

/** `a`, `a or b`, `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
