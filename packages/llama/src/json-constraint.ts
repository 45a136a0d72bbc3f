/** Texts that are held to a JSON Schema, token by token. */
import { StageError } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import { type Backend, Model } from "@iftk/inferlet";
import { Grammar, Matcher } from "@iftk/inferlet/grammar";

/** Grammars that are kept, the last ones that were asked for. */
const mostGrammars = 32;

/** Knows the grammars of the schemas that it was asked for; each is made when it is first needed. */
export class JsonConstraint {
  readonly #backend: Backend;
  readonly #grammars = new Map<string, Grammar>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * What a reply to the request is held to; nothing where it may be any text.
   *
   * @throws StageError `invalid_argument` for a schema that cannot be held, with its place; `unimplemented`, reason `option`, for a
   * request that lets the model call tools beside, since a call is none of the schema's texts.
   */
  matchersFor({ responseFormat: format, tools = [], toolChoice }: ChatRequest): readonly Matcher[] {
    if (format?.type !== "json") return [];
    if (tools.length > 0 && toolChoice !== "none") throw new StageError("unimplemented", 'llama: responseFormat: a reply in JSON cannot call tools; set toolChoice to "none"', { reason: "option" });
    return [this.matcherOf(format.schema)];
  }

  /** A matcher at the beginning of a value of the schema; of any object without one. */
  matcherOf(schema: Readonly<Record<string, unknown>> | undefined): Matcher {
    return new Matcher(this.grammarOf(schema), Model.of(this.#backend).tokenizer.table);
  }

  /** Objects have the properties that are named and no others, where they do not say more: a small model would go on inventing them. */
  grammarOf(schema: Readonly<Record<string, unknown>> | undefined): Grammar {
    const key = JSON.stringify(schema) ?? "";
    const grammar = this.#grammars.get(key) ?? Grammar.fromJsonSchema(schema ?? { type: "object" }, { strict: schema !== undefined });
    this.#grammars.delete(key);
    this.#grammars.set(key, grammar);
    const [oldest] = this.#grammars.keys();
    if (this.#grammars.size > mostGrammars && oldest !== undefined) this.#grammars.delete(oldest);
    return grammar;
  }
}
