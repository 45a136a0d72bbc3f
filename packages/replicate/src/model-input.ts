/** The input of a prediction, in the names that its model has for what a request asks. */
import type { Warning } from "@iftk/inference";
import { provider, unsupported } from "./client.js";
import type { InputField, ModelSchema } from "./model-schema.js";

/** What becomes of a field that the model does not have: it is left out with a warning, or the request is refused. */
export type Otherwise = "warn" | "refuse";

/** Collects the fields of an input. */
export class ModelInput {
  readonly #schema: ModelSchema;
  readonly #fields: Record<string, unknown> = {};
  readonly #warnings: Warning[] = [];

  constructor(schema: ModelSchema) {
    this.#schema = schema;
  }

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** The model's own field among those of these names: the first, where the model does not tell which it has. */
  find(names: readonly string[]): { readonly name: string; readonly field: InputField } | undefined {
    if (!this.#schema) return names[0] === undefined ? undefined : { name: names[0], field: {} };
    for (const name of names) {
      const field = this.#schema.get(name);
      if (field) return { name, field };
    }
    return undefined;
  }

  /** Puts the value of an option into the model's own field for it; undefined values are left out. */
  put(option: string, names: readonly string[], value: unknown, otherwise: Otherwise = "warn"): void {
    if (value === undefined) return;
    const found = this.find(names);
    const fitting = found && fittingValue(found.field, value);
    if (!found) return this.miss(option, "this model has no such input", otherwise);
    if (fitting === undefined) return this.miss(option, `this model takes ${(found.field.values ?? []).map((one) => JSON.stringify(one)).join(", ")} for ${found.name}`, otherwise);
    this.#fields[found.name] = fitting;
  }

  /** Says that an option is left out, or refuses it. */
  miss(option: string, why: string, otherwise: Otherwise): void {
    if (otherwise === "refuse") throw unsupported(option, why);
    this.#warnings.push({ type: "warning", message: `${provider}: ${option} is left out: ${why}` });
  }

  /** The input, with the configured fields over it. */
  with(raw: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    return { ...this.#fields, ...raw };
  }
}

/** The value as the field takes it: a list of one for a list, texts joined by commas for a text, a whole number where it says so; undefined where it is none of those that it takes. */
function fittingValue({ type, values }: InputField, value: unknown): unknown {
  if (values && !Array.isArray(value)) return values.find((one) => one === value || String(one).toLowerCase() === String(value).toLowerCase());
  if (type === "array") return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (Array.isArray(value)) return value.every((one) => typeof one === "string") && value.some((one) => !isUrl(one)) ? value.join(",") : value.length === 1 ? (value[0] as unknown) : undefined;
  if (type === "integer" && typeof value === "number") return Math.round(value);
  return value;
}

const isUrl = (text: string): boolean => /^(https?|data):/i.test(text);
