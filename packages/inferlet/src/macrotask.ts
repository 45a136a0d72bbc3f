/** Turns of the event loop, as short as the runtime has them. */

// Taken at load, so that a test's virtual clock cannot hold up a pass.
const { setImmediate, setTimeout, MessageChannel } = globalThis;

/** Resolves after the microtasks of this turn and one turn of the event loop. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate as unknown) return void setImmediate(resolve);
    if (!(MessageChannel as unknown)) return void setTimeout(resolve, 0);
    // Browsers hold timers up, by 4 ms where one sets the next.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(port1.close()); // oxlint-disable-line unicorn/prefer-add-event-listener -- which would not start it
    port2.postMessage(0);
  });
}
