/** A text followed through a grammar, token by token. */
import { StageError } from "@iftk/core";
import { type Configuration, Frame, isComplete, onlyByte, step } from "./configuration.js";
import type { Grammar } from "./grammar.js";
import type { MaskCache } from "./mask-cache.js";
import type { Automaton } from "./state-set.js";
import type { TokenTable } from "./token-table.js";

/** Bytes that are jumped over at once. */
const longestJump = 4096;

/** A place in a text; those before it are kept for going back. */
interface Place {
  readonly configuration: Configuration;
  readonly isTerminated: boolean;
  readonly previous: Place | undefined;
  /** Tokens and byte strings accepted so far. */
  readonly count: number;
}

/**
 * Says which tokens may come next, and follows those that come.
 *
 * What it gives is exact: a token is allowed when, and only when, a text of the grammar begins with what
 * was accepted and the token's bytes. It can be tried on, forked and taken back at any place.
 */
export class Matcher {
  readonly grammar: Grammar;
  readonly tokens: TokenTable;
  readonly #automaton: Automaton;
  readonly #cache: MaskCache;
  #place: Place;

  constructor(grammar: Grammar, tokens: TokenTable) {
    this.grammar = grammar;
    this.tokens = tokens;
    this.#automaton = grammar.automaton;
    this.#cache = grammar.cacheFor(tokens);
    this.#place = { configuration: [{ states: this.#automaton.start, frame: new Frame() }], isTerminated: false, previous: undefined, count: 0 };
  }

  /** Tokens and byte strings that were accepted and not taken back. */
  get count(): number {
    return this.#place.count;
  }

  /** Whether what was accepted is a whole text of the grammar, so that an end token may come. */
  get isComplete(): boolean {
    return !this.#place.isTerminated && isComplete(this.#place.configuration);
  }

  /** Whether a byte may follow. */
  get canContinue(): boolean {
    return !this.#place.isTerminated && onlyByte(this.#place.configuration) !== -1;
  }

  /** Whether an end token was accepted; nothing follows it. */
  get isTerminated(): boolean {
    return this.#place.isTerminated;
  }

  /**
   * Goes on by a token and says whether it may come; if not, nothing changes.
   *
   * @throws StageError `invalid_argument` for what is no token; `resource_exhausted` when the text nests
   * too deep or the grammar reads it in too many ways.
   */
  accept(token: number): boolean {
    if (!this.tokens.endTokens.includes(token)) return this.acceptBytes(this.tokens.bytesOf(token));
    if (!this.isComplete) return false;
    this.#place = { configuration: this.#place.configuration, isTerminated: true, previous: this.#place, count: this.count + 1 };
    return true;
  }

  /** Goes on by bytes, as if they were one token. Control tokens have none: no bytes are refused. */
  acceptBytes(bytes: Uint8Array): boolean {
    if (this.#place.isTerminated || bytes.length === 0) return false;
    let next: Configuration | undefined = this.#place.configuration;
    for (let index = 0; index < bytes.length; index++) {
      next = step(this.#automaton, next, bytes[index] as number);
      if (next === undefined) return false;
    }
    this.#place = { configuration: next, isTerminated: false, previous: this.#place, count: this.count + 1 };
    return true;
  }

  /**
   * The tokens that may come next, a bit for each: token `t` is bit `t % 32` of entry `t / 32`.
   *
   * @param into is written over and given back; without it, the array is new
   */
  mask(into: Uint32Array = new Uint32Array(Math.ceil(this.tokens.size / 32))): Uint32Array {
    into.fill(0);
    const { configuration, isTerminated } = this.#place;
    if (isTerminated) return into;
    const leaving = new Map<Frame, Set<number>>();
    for (const { states, frame } of configuration) this.#reach(into, states, frame, 0, leaving);
    while (leaving.size > 0) {
      let frame: Frame | undefined;
      for (const candidate of leaving.keys()) if (frame === undefined || candidate.depth > frame.depth) frame = candidate;
      const { returns, below } = frame as Frame;
      const nodes = leaving.get(frame as Frame) as Set<number>;
      leaving.delete(frame as Frame);
      if (below === undefined || returns === undefined) continue;
      for (const node of nodes) this.#reach(into, returns, below, node, leaving);
      if (returns.isEnd) for (const node of nodes) add(leaving, below, node);
    }
    if (isComplete(configuration)) for (const token of this.tokens.endTokens) set(into, token);
    return into;
  }

  #reach(into: Uint32Array, states: Configuration[number]["states"], frame: Frame, node: number, leaving: Map<Frame, Set<number>>): void {
    const reach = this.#cache.reach(states, node);
    const { bits, list } = reach;
    if (bits === undefined) for (const token of list) set(into, token);
    else for (let index = 0; index < bits.length; index++) into[index] = (into[index] as number) | (bits[index] as number);
    if (frame.below !== undefined) for (const one of reach.leaving) add(leaving, frame, one);
  }

  /** The bytes that must come next, up to where there is a choice or the text may end; the matcher stays where it is. */
  jumpForward(): Uint8Array {
    const bytes: number[] = [];
    let { configuration } = this.#place;
    while (!this.#place.isTerminated && bytes.length < longestJump && !isComplete(configuration)) {
      const byte = onlyByte(configuration);
      if (byte === undefined || byte === -1) break;
      bytes.push(byte);
      configuration = step(this.#automaton, configuration, byte) as Configuration;
    }
    return Uint8Array.from(bytes);
  }

  /** Takes back the last `count` tokens. @throws StageError `invalid_argument` when there are not so many. */
  rollback(count: number): void {
    if (!Number.isInteger(count) || count < 0 || count > this.count) throw new StageError("invalid_argument", `rollback: expected 0 to ${this.count} tokens, got ${count}`);
    let place = this.#place;
    for (let left = count; left > 0; left--) place = place.previous as Place;
    this.#place = place;
  }

  /** A second matcher at the same place; it costs nothing and the two go their own ways. */
  fork(): Matcher {
    const fork = new Matcher(this.grammar, this.tokens);
    fork.#place = this.#place;
    return fork;
  }

  /** Goes back to the beginning. */
  reset(): void {
    this.rollback(this.count);
  }
}

function set(mask: Uint32Array, token: number): void {
  mask[token >> 5] = (mask[token >> 5] as number) | (1 << (token & 31));
}

function add(leaving: Map<Frame, Set<number>>, frame: Frame, node: number): void {
  const nodes = leaving.get(frame);
  if (nodes === undefined) leaving.set(frame, new Set([node]));
  else nodes.add(node);
}
