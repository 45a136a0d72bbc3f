/** One stream that an operator reads: ahead of its consumer by as many values as it may hold. */
import type { Stream } from "@iftk/core";

/** The clock that operators measure by: milliseconds, never set back. */
export const now = (): number => performance.now();

/** When something came, and its place in the order of all that came. */
interface Stamp {
  readonly at: number;
  readonly order: number;
}

/** What a stream answered. */
export type Arrival<T> =
  | (Stamp & { readonly kind: "value"; readonly value: T })
  | (Stamp & { readonly kind: "end" })
  | (Stamp & { readonly kind: "error"; readonly error: unknown });

let arrivals = 0;

const stamp = (): Stamp => ({ at: now(), order: ++arrivals });

/** What an inlet needs of the operator that reads it. */
export interface Reader {
  /** Has the operator look at what arrived. */
  wake(): void;
  /** Throws when the consumer has left. */
  check(): void;
}

/** What an inlet may hold, and who hears of arrivals. */
export interface InletOptions {
  /** Values it may hold; 1 by default. */
  readonly size?: number;
  /** Is called at each arrival, whether or not the consumer waits. */
  readonly onArrival?: () => void;
}

/** Reads one stream for an operator, and holds what came until the operator takes it. */
export class Inlet<T> {
  readonly #open: () => Stream<T>;
  readonly #reader: Reader;
  readonly #size: number;
  readonly #onArrival: (() => void) | undefined;
  #iterator: AsyncIterator<T> | undefined;
  #arrivals: Arrival<T>[] = [];
  #isReading = false;
  #isOver = false;
  #closing: Promise<void> | undefined;

  constructor(open: () => Stream<T>, reader: Reader, options: InletOptions = {}) {
    this.#open = open;
    this.#reader = reader;
    this.#size = options.size ?? 1;
    this.#onArrival = options.onArrival;
  }

  /** The arrival that is taken next. */
  get first(): Arrival<T> | undefined {
    return this.#arrivals[0];
  }

  /** What came and was not taken, in order. */
  get held(): readonly Arrival<T>[] {
    return this.#arrivals;
  }

  /** Whether there will be no more arrivals than those held. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sees to it that the stream is read as long as there is room. Throws when the consumer has left. */
  read(): void {
    this.#reader.check();
    if (this.#isReading || this.#isOver || this.#arrivals.length >= this.#size) return;
    this.#isReading = true;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    let arrival: Arrival<T>;
    try {
      this.#iterator ??= this.#open()[Symbol.asyncIterator]();
      const result = await this.#iterator.next();
      arrival = result.done ? { ...stamp(), kind: "end" } : { ...stamp(), kind: "value", value: result.value };
    } catch (error) {
      arrival = { ...stamp(), kind: "error", error };
    }
    this.#isReading = false;
    if (this.#isOver) return;
    this.#isOver = arrival.kind !== "value";
    this.#arrivals.push(arrival);
    this.#onArrival?.();
    this.#reader.wake();
    if (this.#size > 1) this.read();
  }

  /** Takes the first arrival: undefined when there is none, thrown when it is an error. */
  take(): Exclude<Arrival<T>, { kind: "error" }> | undefined {
    const arrival = this.#arrivals.shift();
    if (arrival?.kind === "error") throw arrival.error;
    return arrival;
  }

  /** Takes all values that are held; an end or an error stays for `take`. */
  takeValues(): T[] {
    const values: T[] = [];
    for (let first = this.first; first?.kind === "value"; first = this.first) {
      this.#arrivals.shift();
      values.push(first.value);
    }
    return values;
  }

  /** Reads no more and closes the stream; what is held can still be taken. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#iterator?.return?.();
  }
}
