/** A sequence for which what is only kept makes room. */
import type { AppliedAdapter, ForwardOptions, ForwardRows, RowsOptions, Sequence } from "../backend.js";
import type { PrefixCache } from "./prefix-cache.js";

/** A sequence over another, whose passes and forks let sequences that are only kept make room for them. */
export class RoomySequence implements Sequence {
  readonly #sequence: Sequence;
  readonly #cache: PrefixCache;
  readonly #adapters: readonly AppliedAdapter[];

  /** @param adapters are applied by passes that name none */
  constructor(sequence: Sequence, cache: PrefixCache, adapters: readonly AppliedAdapter[] = []) {
    this.#sequence = sequence;
    this.#cache = cache;
    this.#adapters = adapters;
  }

  get length(): number {
    return this.#sequence.length;
  }

  forward(tokens: ArrayLike<number>, options?: ForwardOptions): Promise<Float32Array> {
    return this.#cache.withRoom(() => this.#sequence.forward(tokens, this.#adapted(options)));
  }

  forwardRows(tokens: ArrayLike<number>, options?: RowsOptions): Promise<ForwardRows> {
    return this.#cache.withRoom(() => this.#sequence.forwardRows(tokens, this.#adapted(options)));
  }

  fork(): Sequence {
    return new RoomySequence(this.#cache.open(() => this.#sequence.fork()), this.#cache, this.#adapters);
  }

  trim(length: number): void {
    this.#sequence.trim(length);
  }

  discard(start: number, end: number): Promise<void> {
    return this.#sequence.discard(start, end);
  }

  save(): Promise<Uint8Array> {
    return this.#sequence.save();
  }

  release(): void {
    this.#sequence.release();
  }

  #adapted<Options extends ForwardOptions>(options: Options | undefined): Options | ForwardOptions | undefined {
    return this.#adapters.length === 0 || options?.adapters !== undefined ? options : { ...options, adapters: this.#adapters };
  }
}
