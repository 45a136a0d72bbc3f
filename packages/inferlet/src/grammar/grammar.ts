/** Languages that generated text can be held to. */
import { expressionOf, wholeMatch } from "./character-automaton.js";
import type { Rules } from "./expression.js";
import type { Whitespace } from "./json-text.js";
import { MaskCache } from "./mask-cache.js";
import { networkOf } from "./network.js";
import { readEbnf } from "./read-ebnf.js";
import { readPattern } from "./read-pattern.js";
import { schemaRules } from "./schema/schema-rules.js";
import { Automaton } from "./state-set.js";
import type { TokenTable } from "./token-table.js";
import { utf8 } from "./utf8.js";

export interface JsonOptions {
  /** `"single"` (the default) allows one space after commas and colons, `"none"` no white space, `"any"` all that JSON does. */
  readonly whitespace?: Whitespace | undefined;
}

export interface JsonSchemaOptions extends JsonOptions {
  /** Objects and tuples hold what the schema names and no more, where it does not say; false by default, which is what JSON Schema means. */
  readonly strict?: boolean | undefined;
}

export interface EbnfOptions {
  /** The rule that a text is; `root` by default. */
  readonly root?: string | undefined;
}

/** A language, made ready for matching; what is found out about it on the way is kept and shared by its matchers. */
export class Grammar {
  /** @internal */
  readonly automaton: Automaton;
  readonly #caches = new WeakMap<TokenTable, MaskCache>();

  private constructor(rules: Rules) {
    this.automaton = new Automaton(networkOf(rules));
  }

  /**
   * The JSON texts of the values that a schema allows (JSON Schema 2020-12, and draft 7 where they agree).
   *
   * Properties come in the order of the schema, additional ones after them. Numbers within bounds are
   * written without an exponent, integers with at most 21 digits, multiples as safe integers. A string with a length or a pattern
   * uses escapes only for what needs one.
   *
   * @throws StageError `invalid_argument`, with the place in the schema, for what is malformed, for
   * keywords whose meaning cannot be kept (`not`, `if`, `uniqueItems`, `contains`, `oneOf` of schemas
   * that overlap...) and when no value is allowed; `resource_exhausted` for what grows too large.
   */
  static fromJsonSchema(schema: object | boolean, { whitespace = "single", strict = false }: JsonSchemaOptions = {}): Grammar {
    return new Grammar(schemaRules(schema, { whitespace, isStrict: strict }));
  }

  /** Any JSON text. */
  static json({ whitespace = "single" }: JsonOptions = {}): Grammar {
    return new Grammar(schemaRules(true, { whitespace, isStrict: false }));
  }

  /**
   * The texts that a regular expression matches as a whole, as JavaScript reads it with the flag `u`.
   *
   * @throws StageError `invalid_argument` for what is no regular expression, and for lookaround, back
   * references, word boundaries and flags in it; `resource_exhausted` for what grows too large.
   */
  static fromRegex(pattern: string): Grammar {
    const automaton = wholeMatch(readPattern(pattern, "pattern"), "pattern");
    return new Grammar({ root: "root", bodies: new Map([["root", expressionOf(automaton, utf8)]]) });
  }

  /**
   * The texts of a grammar in EBNF, in the dialect of llama.cpp and XGrammar:
   * `root ::= "a" [0-9]+ (item | other){2,3} # comment`.
   *
   * @throws StageError `invalid_argument` for what is malformed, for references to no rule, and for rules
   * that begin with themselves by way of others; `resource_exhausted` for what grows too large.
   */
  static fromEbnf(text: string, { root = "root" }: EbnfOptions = {}): Grammar {
    return new Grammar({ root, bodies: readEbnf(text) });
  }

  /** @internal */
  cacheFor(tokens: TokenTable): MaskCache {
    let cache = this.#caches.get(tokens);
    if (cache === undefined) this.#caches.set(tokens, (cache = new MaskCache(this.automaton, tokens)));
    return cache;
  }
}
