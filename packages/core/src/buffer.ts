/** A named buffer: its source is read ahead of its consumer. */
import { Backlog, type BufferOptions } from "./backlog.js";
import { Inlet, type InletListener } from "./inlet.js";
import { macrotask } from "./macrotask.js";
import { Outlet, type OutletOwner } from "./outlet.js";
import { readyStream } from "./run.js";
import type { Failure } from "./scope.js";
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

/** Values read ahead after which the event loop turns. */
const fairShare = 256;

class ReadAhead<T> implements InletListener<T>, OutletOwner<T> {
  readonly outlet: Outlet<T>;
  readonly #inlet: Inlet<T>;
  #isReadingOn = false;
  /** Values read ahead since the event loop last turned for this buffer's sake. */
  #count = 0;

  constructor(input: Stream<T>, backlog: Backlog<T>) {
    this.outlet = new Outlet(backlog, this);
    this.#inlet = new Inlet(input, this);
  }

  onDemand(): void {
    this.#inlet.read();
  }

  onValues(values: readonly T[]): void {
    this.outlet.give(values);
    this.#count += values.length;
    void this.#readOn();
  }

  onValue(value: T): void {
    this.onValues([value]);
  }

  /** Reads while there is room, in a loop, so that no read is made within another; now and then the event loop turns. */
  async #readOn(): Promise<void> {
    if (this.#isReadingOn) return;
    this.#isReadingOn = true;
    while (!this.#inlet.isReading && !this.#inlet.isOver && !this.outlet.isFull) {
      if (this.#count >= fairShare) {
        this.#count = 0;
        await macrotask();
      } else this.#inlet.read();
    }
    this.#isReadingOn = false;
  }

  onEnd(failure: Failure | undefined): void {
    this.outlet.end(failure);
  }

  onLeave(): Promise<void> {
    return this.#inlet.close();
  }
}
