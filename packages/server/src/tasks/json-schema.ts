/** Schemas of any library as JSON Schema, by Standard JSON Schema (standardschema.dev). */
import type { StandardSchema } from "@iftk/core";

/** A JSON Schema of draft 2020-12, or anything else that is JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a caller gives to the schema, or what the schema makes of it. */
export type SchemaSide = "input" | "output";

interface Converter {
  readonly jsonSchema?: Readonly<Record<SchemaSide, (options: { readonly target: "draft-2020-12"; readonly libraryOptions?: object }) => JsonObject>>;
}

/** Zod describes what JSON Schema has no word for by the schema of anything. */
const libraryOptions = { unrepresentable: "any" };

/** One side of a schema as it stands at `place` of a document, such as `#/components/schemas/Name`; the schema of anything where it cannot be told. */
export function jsonSchemaOf(schema: StandardSchema<unknown, unknown>, side: SchemaSide, place: string): JsonObject {
  try {
    const { $schema: _, ...described } = (schema["~standard"] as Converter).jsonSchema?.[side]({ target: "draft-2020-12", libraryOptions }) ?? {};
    return movedTo(place, described) as JsonObject;
  } catch {
    return {};
  }
}

/** Keys whose values are data and no schemas. */
const data: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples"]);

/** The schema with its references into itself made to start at the place. */
function movedTo(place: string, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((each) => movedTo(place, each));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]): [string, unknown] => {
    if (key === "$ref" && typeof value === "string") return [key, value.startsWith("#") ? place + value.slice(1) : value];
    return [key, data.has(key) ? value : movedTo(place, value)];
  });
  return Object.fromEntries(entries);
}
