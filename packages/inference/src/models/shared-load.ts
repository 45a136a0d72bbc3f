/** Loading that several wait for. */

/** Somebody who waits for it. */
interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** A load that goes on as long as somebody waits for it. */
export class SharedLoad<T> {
  readonly #stop = new AbortController();
  readonly #waiting = new Set<Waiting<T>>();
  readonly #onOver: () => void;
  #isOver = false;

  /** `onOver` is called once, when it is done, has failed, or was stopped. */
  constructor(load: (signal: AbortSignal) => Promise<T>, onOver: () => void) {
    this.#onOver = onOver;
    load(this.#stop.signal).then(
      (value) => this.#end(({ resolve }) => resolve(value)),
      (error: unknown) => this.#end(({ reject }) => reject(error)),
    );
  }

  /** What it gives; rejects at once with the reason when the signal, which has not fired yet, does. The last that leaves stops it. */
  join(signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal?.reason);
        this.#waiting.delete(waiting);
        if (this.#waiting.size === 0) this.stop(signal?.reason);
      };
      const told = (): void => signal?.removeEventListener("abort", leave);
      const waiting: Waiting<T> = {
        resolve(value) {
          told();
          resolve(value);
        },
        reject(error) {
          told();
          reject(error);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** Stops it for all who wait. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
    this.#end(({ reject }) => reject(reason));
  }

  #end(tell: (waiting: Waiting<T>) => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    for (const waiting of this.#waiting) tell(waiting);
    this.#waiting.clear();
  }
}
