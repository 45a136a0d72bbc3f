/**
 * How long a turn of the event loop takes for those who read `setTimeout` while this module stands in for it, as the
 * laws do when they are loaded. They count in turns of this thread, in which another thread may not get to answer.
 */
const { setTimeout } = globalThis;

let least = 0;

globalThis.setTimeout = Object.assign((run: () => void, time?: number) => setTimeout(run, Math.max(time ?? 0, least)), setTimeout);

/** Gives the runtime its own `setTimeout` back. */
export function restoreSetTimeout(): void {
  globalThis.setTimeout = setTimeout;
}

/** Draws every turn out to so many milliseconds; 0 for turns as short as the runtime has them. */
export function setTurnLength(milliseconds: number): void {
  least = milliseconds;
}
