/** Values that wait between two speeds, with a bound and a policy for what comes beyond it. */
import { StageError } from "./error.js";
import { requireNumber } from "./require-number.js";

/** What happens to a value for which a buffer has no room: its source waits, the oldest goes, it goes itself, all older ones go, or it is an error. */
export type BufferPolicy = "block" | "drop-oldest" | "drop-newest" | "latest" | "error";

/** The bound of a buffer, in values, and what happens beyond it; a batch that was ready at once may exceed it under `block`. */
export interface BufferOptions {
  readonly size: number;
  readonly policy?: BufferPolicy | undefined;
}

/** A buffer that is emptied all at once. */
export class Backlog<T> {
  readonly #label: string;
  readonly #size: number;
  readonly #policy: BufferPolicy;
  #values: readonly T[] = [];
  /** The same array, where it is this buffer's own to change. */
  #own: T[] | undefined;

  /** @throws StageError `invalid_argument` when the size is not a whole number from 1 on. */
  constructor(label: string, { size, policy = "block" }: BufferOptions) {
    requireNumber(`${label}: the size of the buffer`, size, 1, "whole");
    this.#label = label;
    this.#size = policy === "latest" ? 1 : size;
    this.#policy = policy;
  }

  /** Whether the source has to wait. */
  get isFull(): boolean {
    return this.#policy === "block" && this.#values.length >= this.#size;
  }

  /** @throws StageError `resource_exhausted` when the policy is `error` and there is no room. */
  add(values: readonly T[]): void {
    if (this.#policy === "error" && this.#values.length + values.length > this.#size) throw new StageError("resource_exhausted", `${this.#label}: the buffer of ${this.#size} values is full; read faster, or choose another size or policy`);
    if (this.#values.length === 0) {
      this.#values = values;
      this.#own = undefined;
    } else {
      if (!this.#own) this.#values = this.#own = [...this.#values];
      for (const value of values) this.#own.push(value);
    }
    const excess = this.#values.length - this.#size;
    if (excess <= 0 || this.#policy === "block") return;
    this.#values = this.#own = this.#policy === "drop-newest" ? this.#values.slice(0, this.#size) : this.#values.slice(excess);
  }

  /** All values that wait, or undefined when there are none. */
  take(): readonly T[] | undefined {
    const values = this.#values;
    if (values.length === 0) return undefined;
    this.#values = [];
    this.#own = undefined;
    return values;
  }
}
