/** The models and uses of models that a router knows. */
import { StageError } from "@iftk/core";
import { defined } from "../defined.js";
import { parseRequest } from "../parse-request.js";
import { inferenceModel, modelConfig, type InferenceModel, type ModelConfig } from "./model-config.js";

/** A model of a provider with what holds for its requests: the configuration's parameters over the model's own. */
export interface ModelUse {
  /** Of the configuration, or of the model where there is none. */
  readonly slug: string;
  readonly provider: string;
  readonly name: string;
  readonly api?: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
  readonly description?: string | undefined;
}

/** Looks up models and configurations by their slugs. */
export interface ModelTable {
  /**
   * The use that a slug, a model or a configuration stands for.
   *
   * @throws StageError `not_found`, reason `model`, that lists what there is; `invalid_argument` for a configuration that is not valid.
   */
  resolve(config: string | InferenceModel | ModelConfig): ModelUse;
  /** All of them, in the order in which they were given. */
  list(): readonly ModelUse[];
}

const isModel = (entry: object): entry is InferenceModel => "provider" in entry;

/**
 * A table of these models and configurations; of two with one slug the later holds.
 *
 * @throws StageError `invalid_argument` for an entry that is not valid, `not_found` for a configuration of an unknown model.
 */
export function modelTable(entries: readonly (InferenceModel | ModelConfig)[]): ModelTable {
  const known = new Map<string, InferenceModel | ModelConfig>();
  const parse = (entry: InferenceModel | ModelConfig): InferenceModel | ModelConfig =>
    isModel(entry) ? parseRequest(inferenceModel, entry, "model") : parseRequest(modelConfig, entry, "model configuration");

  function find(slug: string): InferenceModel | ModelConfig {
    const entry = known.get(slug);
    if (entry) return entry;
    throw new StageError("not_found", `there is no model ${JSON.stringify(slug)}; there are: ${[...known.keys()].join(", ") || "none"}`, { reason: "model" });
  }

  function useOf(entry: InferenceModel | ModelConfig): ModelUse {
    if (isModel(entry)) return { ...entry, parameters: entry.parameters ?? {} };
    const { slug, description, parameters, raw } = entry;
    const model = typeof entry.model === "string" ? find(entry.model) : entry.model;
    if (!isModel(model)) throw new StageError("invalid_argument", `model configuration ${JSON.stringify(slug)}: its model ${JSON.stringify(model.slug)} is itself a configuration; name a model`);
    const fields = model.raw || raw ? { raw: { ...model.raw, ...raw } } : {};
    return { ...model, slug, description: description ?? model.description, parameters: { ...model.parameters, ...defined(parameters ?? {}) }, ...fields };
  }

  for (const entry of entries) {
    const parsed = parse(entry);
    known.set(parsed.slug, parsed);
  }
  const list = (): readonly ModelUse[] => [...known.values()].map(useOf);
  list();
  return { resolve: (config) => useOf(typeof config === "string" ? find(config) : parse(config)), list };
}
