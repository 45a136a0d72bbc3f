/** The JSON Schema of the calls that may be made. */
import { StageError } from "@iftk/core";
import type { Tool } from "@iftk/inference";

type Schema = Readonly<Record<string, unknown>>;

const anyArguments: Schema = { type: "object", additionalProperties: true };
/** Keywords whose members have names of the author's own. */
const named = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);
/** Keywords that hold values, which may look like schemas. */
const values = new Set(["const", "enum", "default", "example", "examples"]);

/**
 * What the arguments of a tool are held to: its schema, or any object where that cannot be held.
 *
 * @param check throws for a schema that cannot be held
 * @throws StageError `invalid_argument`, with the tool's place, for the schema of a strict tool that cannot be held.
 */
export function argumentsSchema({ parameters, strict = false }: Tool, place: string, check: (schema: Schema) => void): Schema {
  const { $id: _id, $schema: _schema, ...schema } = parameters;
  // A schema that names no properties means any; it is closed only where it does name them.
  const isOpen = ["properties", "additionalProperties", "$ref", "allOf", "anyOf", "oneOf", "patternProperties"].every((keyword) => schema[keyword] === undefined);
  const held = { type: "object", ...(isOpen && { additionalProperties: true }), ...schema };
  try {
    check(held);
    return held;
  } catch (error) {
    if (!strict) return anyArguments;
    throw new StageError("invalid_argument", `${place}.parameters: a strict tool's calls cannot be held to it: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The schema of a call as an object with the tool's name and its arguments. */
export function callsSchema(tools: readonly { readonly name: string; readonly schema: Schema }[], keys: { readonly name: string; readonly arguments: string }): Schema {
  return {
    anyOf: tools.map(({ name }, index) => ({
      type: "object",
      properties: { [keys.name]: { const: name }, [keys.arguments]: { $ref: `#/$defs/${index}` } },
      required: [keys.name, keys.arguments],
      additionalProperties: false,
    })),
    $defs: Object.fromEntries(tools.map(({ schema }, index) => [String(index), rebased(schema, `#/$defs/${index}`)])),
  };
}

/** The schema with its references made to lead from the root of a document in which it stands at `base`. */
function rebased(value: unknown, base: string, isSchema = true): unknown {
  if (Array.isArray(value)) return value.map((item) => rebased(item, base));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (!isSchema) return [key, rebased(member, base)];
      if (values.has(key)) return [key, member];
      if (key === "$ref" && typeof member === "string" && member.startsWith("#")) return [key, base + member.slice(1)];
      return [key, rebased(member, base, !named.has(key))];
    }),
  );
}
