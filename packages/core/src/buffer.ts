/** A named buffer: its source is read ahead of its consumer. */
import { Backlog, type BufferOptions } from "./backlog.js";
import { Inlet, type InletListener } from "./inlet.js";
import { Outlet, type OutletOwner } from "./outlet.js";
import { readyStream } from "./run.js";
import { macrotask, type Failure } from "./scope.js";
import { createStage, passing, type Passing, type PassingAny } from "./stage.js";
import type { Stream } from "./stream.js";

/**
 * Reads ahead, from the first read on, so that a slow consumer does not hold up its source, nor the other way round.
 *
 * @throws StageError `invalid_argument` when the size is not a whole number from 1 on.
 */
export function buffer(options: BufferOptions): PassingAny;
export function buffer<T>(options: BufferOptions): Passing<T>;
export function buffer<T>(options: BufferOptions): Passing<T> {
  const backlog = (): Backlog<T> => new Backlog("buffer", options);
  backlog();
  const { size, policy = "block" } = options;
  return passing(createStage<"bidi", T, T>("bidi", "buffer", [], [(input: Stream<T>) => readyStream(() => new ReadAhead(input, backlog()).outlet)], `holds up to ${size} values, ${policy}`));
}

class ReadAhead<T> implements InletListener<T>, OutletOwner<T> {
  readonly outlet: Outlet<T>;
  readonly #inlet: Inlet<T>;
  #isPumping = false;

  constructor(input: Stream<T>, backlog: Backlog<T>) {
    this.outlet = new Outlet(backlog, this);
    this.#inlet = new Inlet(input, this);
  }

  /** Reads while there is room; a source that is always ready lets the event loop turn before each read ahead. */
  onDemand(): void {
    this.#inlet.read();
  }

  onValues(values: readonly T[]): void {
    this.outlet.give(values);
    void this.#readOn();
  }

  onValue(value: T): void {
    this.onValues([value]);
  }

  async #readOn(): Promise<void> {
    if (this.#isPumping || this.outlet.isFull) return;
    this.#isPumping = true;
    if (!this.outlet.isWaiting) await macrotask();
    this.#isPumping = false;
    if (!this.outlet.isFull) this.#inlet.read();
  }

  onEnd(failure: Failure | undefined): void {
    this.outlet.end(failure);
  }

  onLeave(): Promise<void> {
    return this.#inlet.close();
  }
}
