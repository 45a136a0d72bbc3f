/** One subscription of a bus: a filter, and a buffer with a bound and a policy. */
import { StageError } from "./error.js";
import { matches, type EventFilter, type SubscribeOptions, type Subscription } from "./pub-sub.js";
import { ended, Queue } from "./queue.js";
import { requireNumber } from "./require-number.js";
import type { Failure } from "./scope.js";

/** A buffer of events that is among its siblings until its reader leaves, its signal fires or its bus is shut down. */
export class BufferedSubscription<Event> implements Subscription<Event> {
  readonly #queue: Queue<Event>;
  readonly #filter: EventFilter<Event> | undefined;
  readonly #options: SubscribeOptions;
  readonly #size: number;
  readonly #siblings: Set<BufferedSubscription<Event>>;
  #isTaken = false;

  constructor(filter: EventFilter<Event> | undefined, options: SubscribeOptions, siblings: Set<BufferedSubscription<Event>>) {
    const { size = 64, policy, signal } = options;
    requireNumber("subscribe: size", size, 1, "whole");
    this.#filter = filter;
    this.#options = options;
    this.#size = policy === "latest" ? 1 : size;
    this.#siblings = siblings.add(this);
    this.#queue = new Queue(this.#size);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /** Takes an event that is meant for it; gives a promise where the publisher is to wait. */
  offer(event: Event, isStuck: () => boolean): Promise<void> | undefined {
    try {
      if (this.#queue.isEnded || !matches(this.#filter, event)) return undefined;
    } catch (error) {
      this.end({ error });
      return undefined;
    }
    if (this.#queue.size >= this.#size) {
      const { policy = "block" } = this.#options;
      if (policy === "error") {
        this.end({ error: new StageError("resource_exhausted", `subscribe: ${this.#size} events wait and there is room for no more; read faster, or choose another size or policy`) });
        return undefined;
      }
      if (policy === "drop-newest") return undefined;
      if (policy !== "block") this.#queue.shift();
      else if (isStuck()) return Promise.reject(new StageError("resource_exhausted", "publish: the buffers are full all the way back to this subscriber; give one of them a larger size or another policy"));
    }
    return this.#queue.push(event);
  }

  /** Takes no more events; what waits can still be read, then the failure is. */
  end(failure?: Failure): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#queue.end(failure);
    this.#siblings.delete(this);
  }

  /** Ends it and drops what waits. */
  drop(failure?: Failure): void {
    this.end(failure);
    this.#queue.clear();
  }

  readonly #onAbort = (): void => this.drop({ error: this.#options.signal?.reason });

  [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    if (this.#isTaken) throw new StageError("failed_precondition", "subscribe: the subscription already has its one consumer; subscribe again");
    this.#isTaken = true;
    return {
      next: () => this.#queue.next(),
      return: () => {
        this.drop();
        return Promise.resolve(ended);
      },
    };
  }
}
