/** Matchers as a part of a generation. */
import { StageError } from "@iftk/core";
import type { Backend } from "../backend.js";
import { banOthers, type LogitProcessor } from "../sampling/logit-processor.js";
import type { Matcher } from "./matcher.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Holds a generation to what all of some matchers allow. */
export class Constraint {
  readonly #backend: Backend;
  readonly #matchers: readonly Matcher[];
  readonly #mask: Uint32Array;
  readonly #other: Uint32Array;

  /** @throws StageError `invalid_argument` when there is no matcher, or one is for another vocabulary. */
  constructor(backend: Backend, matchers: readonly Matcher[]) {
    const [first] = matchers;
    if (first === undefined) throw new StageError("invalid_argument", "constrain: expected at least one matcher");
    for (const { tokens } of matchers) {
      if (tokens.size !== backend.vocabularySize) throw new StageError("invalid_argument", `constrain: a matcher is for ${tokens.size} tokens, the model has ${backend.vocabularySize}`);
    }
    this.#backend = backend;
    this.#matchers = matchers;
    this.#mask = new Uint32Array(Math.ceil(first.tokens.size / 32));
    this.#other = new Uint32Array(this.#mask.length);
  }

  /** Whether nothing but the end may follow. */
  get isOver(): boolean {
    return this.#matchers.every((matcher) => matcher.isComplete) && this.#matchers.some((matcher) => !matcher.canContinue);
  }

  /** Bans in place what may not come. @throws StageError `failed_precondition`, reason `dead-end`, when nothing may. */
  readonly mask: LogitProcessor = (logits) => {
    const mask = this.#mask;
    for (const [index, matcher] of this.#matchers.entries()) {
      if (index === 0) matcher.mask(mask);
      else matcher.mask(this.#other).forEach((word, at) => (mask[at] = (mask[at] as number) & word));
    }
    if (banOthers(logits, mask)) return;
    throw new StageError("failed_precondition", "constrain: no token of the vocabulary may follow: the grammars allow no common text, or need bytes that no token has", { reason: "dead-end" });
  };

  /** Follows a token that was picked. @throws StageError `invalid_argument` when it may not come. */
  accept(token: number): void {
    if (!this.#follow(token)) throw new StageError("invalid_argument", `constrain: the sampler gave token ${token}, which may not come`);
  }

  #follow(token: number): boolean {
    const refused = this.#matchers.findIndex((matcher) => !matcher.accept(token));
    for (const matcher of this.#matchers.slice(0, Math.max(0, refused))) matcher.rollback(1);
    return refused === -1;
  }

  /**
   * Follows the tokens that must come next, whatever the model says, and gives them.
   *
   * They are those that the tokenizer makes of the forced bytes, as it would among the bytes around them:
   * the token before stays what it is, and tokens are left out from where a longer one may begin that
   * goes on after the forced bytes.
   *
   * @param previous the token before, if there is one
   * @param most how many tokens there is room for
   */
  jump(previous: number | undefined, most: number): readonly number[] {
    const bytes = this.#matchers.map((matcher) => matcher.jumpForward()).reduce((one, other) => (other.length > one.length ? other : one));
    const tokens: number[] = [];
    if (bytes.length === 0) return tokens;
    for (const token of this.#settled(bytes, previous)) {
      if (tokens.length >= most || !this.#follow(token)) break;
      tokens.push(token);
    }
    return tokens;
  }

  #settled(bytes: Uint8Array, previous: number | undefined): readonly number[] {
    const table = (this.#matchers[0] as Matcher).tokens;
    const certain = this.#certain(bytes);
    const tokens = certain === 0 ? [] : (this.#tokensOf(bytes) ?? []);
    if (tokens.length === 0) return tokens;
    if (previous !== undefined) {
      const before = table.bytesOf(previous);
      const together = this.#tokensOf(Uint8Array.of(...before, ...bytes));
      const isSame = before.length === 0 || (together !== undefined && together.length === tokens.length + 1 && together[0] === previous && tokens.every((token, index) => together[index + 1] === token));
      if (!isSame) return [];
    }
    let end = 0;
    const count = tokens.findIndex((token) => (end += table.bytesOf(token).length) > certain);
    return count === -1 ? tokens : tokens.slice(0, count);
  }

  /** How many of the forced bytes come before the first at which a token may begin that goes on after all of them. */
  #certain(bytes: Uint8Array): number {
    const matcher = (this.#matchers.find((one) => one.jumpForward().length === bytes.length) as Matcher).fork();
    for (let index = 0; index < bytes.length; index++) {
      const longer = matcher.tokens.longerThan(bytes.subarray(index));
      const mask = longer.length === 0 ? undefined : matcher.mask(this.#other);
      if (mask !== undefined && longer.some((token) => (((mask[token >> 5] as number) >>> (token & 31)) & 1) === 1)) return index;
      matcher.acceptBytes(bytes.subarray(index, index + 1));
    }
    return bytes.length;
  }

  /** The tokens that spell the bytes; nothing when the tokenizer spells something else, or they end inside a character. */
  #tokensOf(bytes: Uint8Array): readonly number[] | undefined {
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      return undefined;
    }
    const tokens = Array.from(this.#backend.tokenize(text));
    const spelled = tokens.flatMap((token) => [...this.#backend.tokenBytes(token)]);
    return spelled.length === bytes.length && spelled.every((byte, index) => byte === bytes[index]) ? tokens : undefined;
  }
}
