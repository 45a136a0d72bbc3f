/** One stream for several consumers. */
import { Backlog, type BufferPolicy } from "./backlog.js";
import { Inlet, type InletListener } from "./inlet.js";
import { Outlet, type OutletOwner } from "./outlet.js";
import { requireNumber } from "./require-number.js";
import { readyStream } from "./run.js";
import type { Failure } from "./scope.js";
import type { Stream } from "./stream.js";

export interface ForkOptions {
  /** Values by which one branch may be behind another; 16 by default. */
  readonly buffer?: number | undefined;
  /** What happens when a branch is further behind; `block` by default: the others wait for it. */
  readonly policy?: BufferPolicy | undefined;
}

/**
 * Shares a stream: each branch gives every value, and the same error.
 *
 * The source is read when a branch wants a value, and closed when the last branch is left. Under `block`
 * every branch has to be read or left, or else the others wait for it.
 *
 * @throws StageError `invalid_argument` when the count or the buffer is not a whole number from 1 on.
 */
export function fork<const N extends number>(count: N, options: ForkOptions = {}): <T>(stream: Stream<T>) => Branches<T, N> {
  requireNumber("fork: the count", count, 1, "whole");
  const { buffer = 16, policy } = options;
  const backlog = <T>(): Backlog<T> => new Backlog("fork", { size: buffer, policy });
  backlog();
  return <T>(stream: Stream<T>) => {
    const shared = new Shared<T>(stream);
    return Array.from({ length: count }, () => shared.branch(backlog())) as Branches<T, N>;
  };
}

/** As many streams as branches were asked for: a tuple where the count is known. */
export type Branches<T, N extends number, Found extends Stream<T>[] = []> = number extends N ? Stream<T>[] : Found["length"] extends N ? Found : Found["length"] extends 32 ? Stream<T>[] : Branches<T, N, [...Found, Stream<T>]>;

/** A source and those who read it. */
class Shared<T> implements InletListener<T>, OutletOwner<T> {
  readonly #branches = new Set<Outlet<T>>();
  readonly #inlet: Inlet<T>;
  #isGiving = false;
  #isReadingOn = false;

  constructor(stream: Stream<T>) {
    this.#inlet = new Inlet(stream, this);
  }

  branch(backlog: Backlog<T>): Stream<T> {
    const outlet = new Outlet(backlog, this);
    this.#branches.add(outlet);
    return readyStream(() => outlet, () => outlet.close());
  }

  /** Reads on, but not while values are being given: a branch that asks for more gets them after the others got these. */
  onDemand(): void {
    if (this.#isGiving) return;
    for (const branch of this.#branches) if (branch.isFull) return;
    this.#inlet.read();
  }

  onValues(values: readonly T[]): void {
    this.#isGiving = true;
    for (const branch of this.#branches) branch.give(values);
    this.#isGiving = false;
    this.#readOn();
  }

  onValue(value: T): void {
    this.onValues([value]);
  }

  /** Reads for as long as a branch waits and answers are ready: in a loop, so that no read is made within another. */
  #readOn(): void {
    if (this.#isReadingOn) return;
    this.#isReadingOn = true;
    while (!this.#inlet.isReading && !this.#inlet.isOver && this.#isWanted) this.#inlet.read();
    this.#isReadingOn = false;
  }

  get #isWanted(): boolean {
    let isWanted = false;
    for (const branch of this.#branches) {
      if (branch.isFull) return false;
      isWanted ||= branch.isWaiting;
    }
    return isWanted;
  }

  onEnd(failure: Failure | undefined): void {
    for (const branch of this.#branches) branch.end(failure);
  }

  onLeave(branch: Outlet<T>): Promise<void> | void {
    this.#branches.delete(branch);
    if (this.#branches.size === 0) return this.#inlet.close();
    this.#readOn();
  }
}
