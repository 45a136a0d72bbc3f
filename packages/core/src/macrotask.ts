/** Turns of the event loop. */

// Taken at load, so that a test's virtual clock cannot hold up a cancellation, or work that yields.
const { setImmediate, setTimeout, MessageChannel } = globalThis;

/**
 * Resolves after the microtasks of this turn and one turn of the event loop, as short as the runtime has them.
 *
 * What computes for long awaits it now and then, so that signals, timers and other streams get their turn.
 */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate as unknown) setImmediate(resolve);
    else if (MessageChannel as unknown) {
      // Browsers hold timers up: by 4 ms where one sets the next, by a second in a page that is hidden.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(port1.close()); // oxlint-disable-line unicorn/prefer-add-event-listener -- which would not start it
      port2.postMessage(0);
    } else setTimeout(resolve);
  });
}
