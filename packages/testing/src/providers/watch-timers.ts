/** Timers that a call starts and does not clear. */
import { AsyncLocalStorage, createHook } from "node:async_hooks";

/** The watch over the timers that are started within what it runs; it goes on until it is stopped. */
export interface TimerWatch {
  /** Runs the function; timers of what it sets off are watched, later ones too. */
  run<T>(work: () => T): T;
  /** Timers that keep the process alive. */
  readonly live: number;
  stop(): void;
}

/** The timers of the watch that the running code belongs to. One for all watches: each further one would slow every promise of Node 22, even after its use. */
const context = new AsyncLocalStorage<Map<number, NodeJS.Timeout>>();

/** Watches timers by their async context, so that those of a test runner, a server or another call do not count. */
export function watchTimers(): TimerWatch {
  const timers = new Map<number, NodeJS.Timeout>();
  const hook = createHook({
    init(id, type, _, resource) {
      if (type === "Timeout" && context.getStore() === timers) timers.set(id, resource as NodeJS.Timeout);
    },
    destroy: (id) => void timers.delete(id),
  }).enable();
  return {
    run: (work) => context.run(timers, work),
    get live() {
      return [...timers.values()].filter((timer) => timer.hasRef()).length;
    },
    stop: () => void hook.disable(),
  };
}
