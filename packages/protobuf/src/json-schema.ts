/** The JSON Schema of a schema of any library, by Standard JSON Schema (standardschema.dev). */
import { StageError } from "@iftk/core";
import type { StandardSchema } from "@iftk/core";

/** What is read of a node of a JSON Schema of draft 2020-12. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly $id?: string;
  readonly id?: string;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly contentEncoding?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  /** The number of the field in a message. */
  readonly field?: unknown;
  /** What the schema stands for where JSON Schema has no word for it; put there by `readJsonSchema`. */
  readonly [unrepresentable]?: string;
}

/** The key under which a node names the kind of a schema that JSON Schema cannot describe. */
export const unrepresentable = "x-unrepresentable";

/** The side of a schema: what a caller gives to it, or what it makes of that. */
export type SchemaSide = "input" | "output";

interface Converter {
  readonly jsonSchema?: Readonly<Record<SchemaSide, (options: { readonly target: string; readonly libraryOptions?: object }) => object>>;
}

interface ZodNode {
  readonly jsonSchema: JsonSchema;
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } };
}

/** The schemas of zod for what JSON does not have. */
const foreign: ReadonlySet<string> = new Set(["bigint", "custom", "date", "function", "map", "nan", "promise", "set", "success", "symbol", "transform", "undefined", "void"]);

/** What zod says of schemas that it could not describe, so that those with `contentEncoding` can be taken and the others refused with their place. */
const zodOptions = {
  unrepresentable: "any",
  override: ({ jsonSchema, zodSchema }: ZodNode): void => {
    const { type } = zodSchema._zod.def;
    if (foreign.has(type) && Object.keys(jsonSchema).length === 0) Object.assign(jsonSchema, { [unrepresentable]: type });
  },
};

/** A node of a document, with the name under which the document defines it. */
export interface SchemaNode {
  readonly schema: JsonSchema;
  /** The id that its author gave. */
  readonly id: string | undefined;
}

/** A JSON Schema whose references can be followed. */
export interface SchemaDocument {
  /** The document itself, which may be a reference into it. */
  readonly schema: JsonSchema;
  /** The node that it describes. */
  readonly root: SchemaNode;
  /** The node itself, or the one that it refers to. */
  resolve(node: JsonSchema): SchemaNode;
}

/**
 * The JSON Schema of one side of a schema.
 * Throws StageError `invalid_argument`, with `what` in front, for a schema that does not give one.
 */
export function readJsonSchema(schema: StandardSchema<unknown>, side: SchemaSide, what: string): SchemaDocument {
  const convert = (schema["~standard"] as Converter).jsonSchema?.[side];
  if (!convert) {
    throw new StageError("invalid_argument", `${what}: the schema (${schema["~standard"].vendor}) gives no JSON Schema; use a library that follows Standard JSON Schema, such as zod 4.2 or later, or wrap it with its converter.`);
  }
  try {
    return documentOf(convert({ target: "draft-2020-12", libraryOptions: zodOptions }));
  } catch (cause) {
    throw new StageError("invalid_argument", `${what}: the schema cannot be written as JSON Schema: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function documentOf(root: JsonSchema): SchemaDocument {
  function follow(node: JsonSchema, id: string | undefined, depth: number): SchemaNode {
    if (node.$ref === undefined) return { schema: node, id: node.$id ?? node.id ?? id };
    if (node.$ref === "#") return follow(root, undefined, depth + 1);
    const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(node.$ref)?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~") ?? "";
    const target = root.$defs && Object.hasOwn(root.$defs, name) ? root.$defs[name] : undefined;
    if (!target || depth > 32) throw new StageError("invalid_argument", `The reference ${node.$ref} leads nowhere.`);
    return follow(target, name.startsWith("__") ? undefined : name, depth + 1);
  }
  return { schema: root, root: follow(root, undefined, 0), resolve: (node) => follow(node, undefined, 0) };
}
