/** Sequences kept after use, so that a prompt that begins as one of them is forwarded from where they part. */
import { StageError } from "@iftk/core";
import type { Backend, Sequence } from "../backend.js";
import { commonPrefix } from "./common-prefix.js";

export interface PrefixOptions {
  /** Names what the keys and values depend on beside the tokens, such as adapters with their scales: only what has the same name is shared. Empty by default. */
  readonly variant?: string | undefined;
}

/** A sequence for some tokens. */
export interface TakenSequence {
  /** The caller's own, to be kept or released. */
  readonly sequence: Sequence;
  /** Tokens that it holds already; the rest is to be forwarded. */
  readonly reused: number;
}

export interface PrefixCacheLimits {
  /** Sequences that are kept at most. */
  sequences: number;
}

/** A sequence that others can be forked from, and the tokens that it holds. */
interface Source {
  readonly sequence: Sequence;
  readonly variant: string;
  readonly tokens: () => ArrayLike<number>;
}

interface Match {
  readonly source: Source;
  readonly length: number;
}

const caches = new WeakMap<Backend, PrefixCache>();

/**
 * The beginnings that a backend holds: of sequences that nobody uses any more, the last ones used, and of those in use.
 *
 * The sequences that are open are those in use and those kept here. Kept ones make room for others: in `take` and `withRoom`, and by
 * `makeRoom`. When the backend is closed they are gone with it.
 */
export class PrefixCache {
  /** At first a quarter of the sequences that the backend can have open. */
  readonly limits: PrefixCacheLimits;
  readonly #backend: Backend;
  /** The least recently used first. */
  readonly #kept = new Map<Sequence, Source>();
  readonly #live = new Map<Sequence, Source>();
  #reusedTokens = 0;

  private constructor(backend: Backend) {
    this.#backend = backend;
    this.limits = { sequences: Math.floor(backend.maximumSequences / 4) };
  }

  /** The cache of a backend, the same each time. */
  static of(backend: Backend): PrefixCache {
    const cache = caches.get(backend) ?? new PrefixCache(backend);
    caches.set(backend, cache);
    return cache;
  }

  /** Tokens that `take` spared a pass since the cache was made. */
  get reusedTokens(): number {
    return this.#reusedTokens;
  }

  /** Sequences that are kept now. */
  get keptSequences(): number {
    return this.#kept.size;
  }

  /**
   * A sequence that holds the longest beginning of the tokens that is known, or nothing; never all of them, so that there is something to
   * forward.
   *
   * A kept sequence stays for others and a fork of it is given, unless no more can be open.
   *
   * @throws StageError `resource_exhausted` when as many sequences are in use as can be open.
   */
  take(tokens: ArrayLike<number>, { variant = "" }: PrefixOptions = {}): TakenSequence {
    const busy = new Set<Source>();
    for (let match = this.#longest(tokens, variant, busy); match !== undefined; match = this.#longest(tokens, variant, busy)) {
      const sequence = this.#derive(match);
      if (sequence !== undefined) {
        this.#reusedTokens += match.length;
        return { sequence, reused: match.length };
      }
      busy.add(match.source);
    }
    return { sequence: this.open(() => this.#backend.openSequence()), reused: 0 };
  }

  /**
   * Takes over a sequence that its owner no longer uses, with the tokens that it holds; tokens that it does not hold yet may follow.
   *
   * It is released at once when its tokens begin a kept sequence, or a pass of it still runs.
   */
  keep(sequence: Sequence, tokens: ArrayLike<number>, { variant = "" }: PrefixOptions = {}): void {
    if (this.#kept.has(sequence)) return;
    this.#live.delete(sequence);
    const length = Math.min(sequence.length, tokens.length);
    if (length === 0 || this.limits.sequences <= 0 || !isTrimmed(sequence, length)) return sequence.release();
    const held = Int32Array.from({ length }, (_, index) => tokens[index] as number);
    const source: Source = { sequence, variant, tokens: () => held };
    for (const other of this.#kept.values()) {
      if (other.variant !== variant) continue;
      const theirs = other.tokens();
      if (commonPrefix(held, theirs, length) < Math.min(length, theirs.length)) continue;
      if (theirs.length >= length) {
        this.#touch(other);
        return sequence.release();
      }
      this.#drop(other);
    }
    this.#kept.set(sequence, source);
    while (this.#kept.size > this.limits.sequences) this.makeRoom();
  }

  /**
   * Lets `take` fork a sequence that is in use, while no pass of it runs; gives the function that ends this.
   *
   * @param tokensOf gives the tokens that the sequence holds; those that it does not hold yet may follow
   */
  watch(sequence: Sequence, tokensOf: () => ArrayLike<number>, { variant = "" }: PrefixOptions = {}): () => void {
    this.#live.set(sequence, { sequence, variant, tokens: tokensOf });
    return () => void this.#live.delete(sequence);
  }

  /** Releases the least recently used of the kept sequences; false when none is kept. */
  makeRoom(): boolean {
    const [oldest] = this.#kept.values();
    if (oldest === undefined) return false;
    this.#drop(oldest);
    return true;
  }

  /** The sequence that the function opens, after what is only kept has made room for it. */
  open(open: () => Sequence): Sequence {
    return this.#opened(open);
  }

  /** Runs the function, and again after making room as long as it fails with `resource_exhausted` and something is kept. */
  async withRoom<Value>(run: () => Promise<Value> | Value): Promise<Value> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!hasCode(error, "resource_exhausted") || !this.makeRoom()) throw error;
      }
    }
  }

  /** Releases all that is kept. */
  clear(): void {
    while (this.makeRoom());
  }

  #longest(tokens: ArrayLike<number>, variant: string, busy: ReadonlySet<Source>): Match | undefined {
    let best: Match | undefined;
    for (const sources of [this.#kept, this.#live]) {
      for (const source of sources.values()) {
        if (source.variant !== variant || busy.has(source)) continue;
        const most = Math.min(tokens.length - 1, source.sequence.length);
        const least = best?.length ?? 0;
        const theirs = source.tokens();
        // Most sources begin alike: one look at where it would be longer than the best spares the comparison.
        if (most <= least || theirs[least] !== tokens[least]) continue;
        const length = commonPrefix(tokens, theirs, most);
        if (length > least) best = { source, length };
      }
    }
    return best;
  }

  /** A sequence with the beginning of another; undefined when the other cannot be forked now. */
  #derive(match: Match): Sequence | undefined {
    const { source, length } = match;
    const isKept = this.#kept.has(source.sequence);
    // What only has the words in common with which all prompts begin was not used.
    if (isKept && 2 * length >= source.sequence.length) this.#touch(source);
    try {
      const sequence = this.#opened(() => source.sequence.fork(), isKept ? match : undefined);
      if (isTrimmed(sequence, length)) return sequence;
      sequence.release();
    } catch (error) {
      if (!hasCode(error, "failed_precondition")) throw error;
    }
    if (isKept) this.#drop(source);
    return undefined;
  }

  /** What `open` gives, after making room where there is none; a kept sequence that is used whole, or must make room itself, is given in its place. */
  #opened(open: () => Sequence, kept?: Match): Sequence {
    for (;;) {
      try {
        return open();
      } catch (error) {
        if (!hasCode(error, "resource_exhausted")) throw error;
        const [oldest] = this.#kept.values();
        if (oldest === undefined) throw error;
        if (kept !== undefined && (kept.source === oldest || kept.length === kept.source.sequence.length)) {
          this.#kept.delete(kept.source.sequence);
          return kept.source.sequence;
        }
        this.#drop(oldest);
      }
    }
  }

  #touch(source: Source): void {
    this.#kept.delete(source.sequence);
    this.#kept.set(source.sequence, source);
  }

  #drop({ sequence }: Source): void {
    this.#kept.delete(sequence);
    sequence.release();
  }
}

/** Trims the sequence and says whether that can be done. */
function isTrimmed(sequence: Sequence, length: number): boolean {
  try {
    sequence.trim(length);
    return true;
  } catch {
    return false;
  }
}

function hasCode(error: unknown, code: StageError["code"]): boolean {
  return StageError.is(error) && error.code === code;
}
