/** Elements that were made ready, to be stopped when they are done with. */
import type { Stop } from "../element.js";
import type { Instance } from "./instance.js";

/** Is told of an element that failed. */
export type OnFailure = (element: string, error: unknown) => void;

/** What was made ready for one use of a pipeline. */
export class StartedElements {
  /** The last one first. */
  #started: { readonly instance: Instance; readonly stop: Stop }[] = [];

  /** Makes an element ready; rejects with what it fails with, or with the reason of the signal. */
  async start(instance: Instance, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { definition, properties, setting } = instance;
    const starting = definition.start?.(properties, setting, { signal });
    if (!starting) return;
    const stop = await untilAborted(starting, signal, (late) => void late?.());
    if (stop) this.#started.unshift({ instance, stop });
  }

  /** Stops one element, or all of them, the last one first, although one fails, of which `onFailure` is told. */
  async stop(onFailure: OnFailure, only?: Instance): Promise<void> {
    const stopping = this.#started.filter(({ instance }) => !only || instance === only);
    this.#started = this.#started.filter((one) => !stopping.includes(one));
    for (const { instance, stop } of stopping) {
      try {
        await stop();
      } catch (error) {
        onFailure(instance.name, error);
      }
    }
  }
}

/** What the promise gives, unless the signal fires before; what comes too late is given to `onLate`. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, onLate: (value: T) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise
      .then((value) => (signal.aborted ? onLate(value) : resolve(value)), reject)
      .catch(() => {}) // of what comes too late nobody is left to be told
      .finally(() => signal.removeEventListener("abort", stop));
  });
}
