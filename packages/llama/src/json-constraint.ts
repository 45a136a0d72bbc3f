/** Replies that are held to a JSON Schema, token by token. */
import { StageError } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import type { Backend } from "@iftk/inferlet";
import { Grammar, Matcher, TokenTable } from "@iftk/inferlet/grammar";

/** Grammars that are kept, the last ones that were asked for. */
const mostGrammars = 16;

/** Knows a model's tokens and the grammars of the schemas that it was asked for; both are made when they are first needed. */
export class JsonConstraint {
  readonly #backend: Backend;
  readonly #grammars = new Map<string, Grammar>();
  #tokens: TokenTable | undefined;

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
    this.#tokens ??= TokenTable.of(this.#backend);
    return [new Matcher(this.#grammarOf(format.schema), this.#tokens)];
  }

  /** Objects have the properties that are named and no others, where they do not say more: a small model would go on inventing them. */
  #grammarOf(schema: Readonly<Record<string, unknown>> | undefined): Grammar {
    const key = JSON.stringify(schema) ?? "";
    const grammar = this.#grammars.get(key) ?? Grammar.fromJsonSchema(schema ?? { type: "object" }, { strict: schema !== undefined });
    this.#grammars.delete(key);
    this.#grammars.set(key, grammar);
    const [oldest] = this.#grammars.keys();
    if (this.#grammars.size > mostGrammars && oldest !== undefined) this.#grammars.delete(oldest);
    return grammar;
  }
}
