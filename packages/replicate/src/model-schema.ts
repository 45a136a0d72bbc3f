/** What a model says of its own input. */
import { StageError } from "@iftk/core";
import type { Client } from "./client.js";
import { modelName } from "./model-name.js";

/** A field of a model's input: a part of its JSON Schema. */
export interface InputField {
  readonly type?: string | undefined;
  /** The values that it takes, where they are counted out. */
  readonly values?: readonly unknown[] | undefined;
}

/** The fields of a model's input by their names; undefined where the model does not tell them. */
export type ModelSchema = ReadonlyMap<string, InputField> | undefined;

/** Models whose schemas an engine remembers. */
const mostModels = 256;

/** Gives the schemas of models, each asked for once. */
export class ModelSchemas {
  readonly #client: Client;
  readonly #known = new Map<string, ModelSchema>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The schema of a model. Throws what the request throws, save for a model that may be run but not looked at. */
  async of(model: string, signal: AbortSignal): Promise<ModelSchema> {
    if (this.#client.options.readSchema === false) return undefined;
    if (this.#known.has(model)) return this.#known.get(model);
    const schema = await this.#ask(model, signal);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= mostModels && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(model, schema);
    return schema;
  }

  async #ask(model: string, signal: AbortSignal): Promise<ModelSchema> {
    const { owner, name, version } = modelName(model);
    try {
      const response = await this.#client.send(`/models/${owner}/${name}${version ? `/versions/${version}` : ""}`, { signal });
      const found = (await response.json()) as { readonly latest_version?: { readonly openapi_schema?: unknown } | null; readonly openapi_schema?: unknown } | null;
      return fieldsOf(version ? found?.openapi_schema : found?.latest_version?.openapi_schema);
    } catch (error) {
      if (StageError.is(error) && (error.code === "not_found" || error.code === "permission_denied")) return undefined;
      throw error;
    }
  }
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The fields of `Input` in the OpenAPI description that every model has. */
function fieldsOf(description: unknown): ModelSchema {
  const schemas = (description as { readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> } } | null | undefined)?.components?.schemas;
  const properties = schemas?.["Input"]?.properties;
  if (!schemas || !properties) return undefined;
  return new Map(Object.entries(properties).map(([name, field]) => [name, fieldOf(field, schemas)]));
}

function fieldOf(schema: Schema, schemas: Readonly<Record<string, Schema>>, depth = 0): InputField {
  const forms = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])];
  const referred = schema.$ref?.split("/").at(-1);
  const next = referred !== undefined && Object.hasOwn(schemas, referred) ? schemas[referred] : forms.find(({ type }) => type !== "null");
  const inner = next && depth < 4 ? fieldOf(next, schemas, depth + 1) : {};
  return { type: schema.type ?? inner.type, values: schema.enum ?? inner.values };
}
