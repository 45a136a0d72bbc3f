/** Turns of the event loop, as short as the runtime has them. */

// Taken at load: a virtual clock must not hold up these.
const later = globalThis.setTimeout;
const immediately = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate ?? ((run: () => void): unknown => later(run, 0));

let turn = 0;
let isScheduled = false;

/** A number that is the same as before when the event loop has not turned since. */
export function currentTurn(): number {
  if (!isScheduled) {
    isScheduled = true;
    immediately(() => {
      isScheduled = false;
      turn++;
    });
  }
  return turn;
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void immediately(resolve));
}
