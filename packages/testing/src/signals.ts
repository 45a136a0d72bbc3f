/** What a test needs to know of signals and of the event loop. */

// Taken at load: a virtual clock in the test must not hold up these.
const later = globalThis.setTimeout;

/** Resolves after turns of the event loop. */
export async function turns(count = 1): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => void later(resolve, 0));
}

/** Resolves after so many microtasks, within the same turn of the event loop. */
export async function microtasks(count = 1): Promise<void> {
  for (let tick = 0; tick < count; tick++) await Promise.resolve();
}

/** An abort controller that knows how many listeners its signal has. */
export interface CountedAbort {
  readonly signal: AbortSignal;
  readonly listeners: number;
  abort(reason?: unknown): void;
}

/** Gives a controller whose signal counts its listeners. */
export function countedAbort(): CountedAbort {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const forget = (listener: unknown): void => void listeners.delete(listener);
  const add = signal.addEventListener.bind(signal) as EventTarget["addEventListener"];
  const remove = signal.removeEventListener.bind(signal) as EventTarget["removeEventListener"];
  signal.addEventListener = ((...args: Parameters<EventTarget["addEventListener"]>) => {
    const [, listener, options] = args;
    listeners.add(listener);
    if (typeof options === "object") options.signal?.addEventListener("abort", () => forget(listener));
    add(...args);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((...args: Parameters<EventTarget["removeEventListener"]>) => {
    forget(args[1]);
    remove(...args);
  }) as typeof signal.removeEventListener;
  return {
    signal,
    get listeners() {
      return signal.aborted ? 0 : listeners.size;
    },
    abort: (reason) => controller.abort(reason),
  };
}
