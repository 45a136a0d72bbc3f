/** The sequences of the replies to one prompt. */
import { type Backend, PrefixCache, RoomySequence, type Sequence } from "@iftk/inferlet";

/** A reply over one of the sequences. */
export interface Answer {
  /** The tokens that were generated. */
  readonly tokens: readonly number[];
}

const none: readonly Answer[] = [];

export class ChatSequences {
  /** Tokens of the prompt that were computed before. */
  readonly reused: number;
  /** Whether what the sequences hold may be shared. */
  isSound = true;
  readonly #cache: PrefixCache;
  readonly #prompt: Int32Array;
  readonly #isKept: boolean;
  /** That from which the others are forked, and the view of it that makes room. */
  readonly #first: Sequence;
  readonly #all: Sequence[];
  #answers = none;
  /** The prompt and what was generated when it was last asked for. */
  readonly #tokens: number[];
  #unwatch: (() => void) | undefined;

  /** Takes the first sequence. @throws StageError `resource_exhausted` when there is none. */
  constructor(backend: Backend, prompt: Int32Array, isKept: boolean) {
    this.#cache = PrefixCache.of(backend);
    this.#prompt = prompt;
    this.#isKept = isKept;
    this.#tokens = Array.from(prompt);
    const { sequence, reused } = this.#cache.take(isKept ? prompt : []);
    this.#first = sequence;
    this.#all = [new RoomySequence(sequence, this.#cache)];
    this.reused = reused;
  }

  /** So many sequences that hold the same beginning of the prompt: for more than one, all but its last token. */
  async open(count: number, signal: AbortSignal): Promise<readonly Sequence[]> {
    const [first] = this.#all as [Sequence];
    const prompt = this.#prompt.subarray(this.reused, -1);
    if (count > 1 && prompt.length > 0) await first.forward(prompt, { signal });
    while (this.#all.length < count) this.#all.push(first.fork());
    return this.#all;
  }

  /** Lets other calls share what the first reply computes. */
  watch(answers: readonly Answer[]): void {
    this.#answers = answers;
    if (this.#isKept) this.#unwatch = this.#cache.watch(this.#first, () => this.#held());
  }

  /** Gives the first sequence to the cache, for the next turn goes on from its reply, and the others back. */
  close(): void {
    this.#unwatch?.();
    for (const sequence of this.#all.slice(1)) sequence.release();
    if (this.#isKept && this.isSound) this.#cache.keep(this.#first, this.#held());
    else this.#first.release();
  }

  #held(): readonly number[] {
    const generated = this.#answers[0]?.tokens ?? [];
    for (let at = this.#tokens.length - this.#prompt.length; at < generated.length; at++) this.#tokens.push(generated[at] as number);
    return this.#tokens;
  }
}
