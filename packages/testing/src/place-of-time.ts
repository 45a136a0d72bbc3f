/** Puts another time in the place of the runtime's. */
import { StageError } from "@iftk/core";

/** What a time must have to take the runtime's place. */
export interface Timing {
  /** Milliseconds since it began. */
  readonly now: number;
  /** When it began, in milliseconds since 1970. */
  readonly epoch: number;
  start(run: () => void, delay: number, repeats: boolean): number;
  stop(id: number): void;
}

/** What setTimeout gives, with the methods that Node's has. */
class TimerHandle {
  readonly #timing: Timing;
  readonly #restart: () => number;
  #id: number;
  #holds = true;

  constructor(timing: Timing, restart: () => number) {
    this.#timing = timing;
    this.#restart = restart;
    this.#id = restart();
  }

  ref(): this {
    this.#holds = true;
    return this;
  }

  unref(): this {
    this.#holds = false;
    return this;
  }

  hasRef(): boolean {
    return this.#holds;
  }

  refresh(): this {
    this.close();
    this.#id = this.#restart();
    return this;
  }

  close(): this {
    this.#timing.stop(this.#id);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }
}

let isTaken = false;

type Run = (...values: unknown[]) => void;

/** Replaces the runtime's time; the function given back restores it. */
export function putInPlace(timing: Timing): () => void {
  if (isTaken) throw new StageError("failed_precondition", "clock.install: another clock is in place; uninstall it first");
  isTaken = true;
  const RealDate = Date;
  const realClear = globalThis.clearTimeout;
  const today = (): number => timing.epoch + timing.now;
  const begin = (repeats: boolean) => (run: Run, delay?: number, ...values: unknown[]) => new TimerHandle(timing, () => timing.start(() => run(...values), delay ?? 0, repeats));
  const clear = (handle: unknown): void => {
    if (handle instanceof TimerHandle) handle.close();
    else if (typeof handle === "number" || typeof handle === "string") timing.stop(Number(handle));
    else realClear(handle as Parameters<typeof realClear>[0]); // a timer from before
  };
  const timeout = (delay: number): AbortSignal => {
    const controller = new AbortController();
    timing.start(() => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")), delay, false);
    return controller.signal;
  };
  const VirtualDate = new Proxy(RealDate, {
    construct: (target, values: [], newTarget) => Reflect.construct(target, values.length === 0 ? [today()] : values, newTarget) as object,
    apply: () => new RealDate(today()).toString(),
    get: (target, key) => (key === "now" ? today : (Reflect.get(target, key) as unknown)),
  });
  const restorers = [
    replace(globalThis, "setTimeout", begin(false)),
    replace(globalThis, "setInterval", begin(true)),
    replace(globalThis, "clearTimeout", clear),
    replace(globalThis, "clearInterval", clear),
    replace(globalThis, "Date", VirtualDate),
    replace(performance, "now", () => timing.now),
    replace(AbortSignal, "timeout", timeout),
  ];
  return () => {
    for (const restore of restorers) restore();
    isTaken = false;
  };
}

/** Replaces a property; the function given back restores it, also where it was inherited. */
function replace(target: object, key: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? false });
  return () => {
    if (before) Object.defineProperty(target, key, before);
    else Reflect.deleteProperty(target, key);
  };
}
