/** The end of a turn of the event loop. */

// Taken at load, so that a test's virtual clock cannot hold up a connection.
const { setImmediate, setTimeout, MessageChannel } = globalThis;

let tasks: (() => void)[] = [];

/** Calls the function, which must not throw, after what is running now and the promises that settle by it. */
export function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) afterTurn(endTurn); // one for all, for an entry of its own costs each more
}

function endTurn(): void {
  const ending = tasks;
  tasks = [];
  for (const task of ending) task();
}

function afterTurn(task: () => void): void {
  if (setImmediate as unknown) return void setImmediate(task);
  if (!(MessageChannel as unknown)) return void setTimeout(task, 0);
  // Browsers hold timers up: by 4 ms where one sets the next, by a second in a page that is hidden.
  const { port1, port2 } = new MessageChannel();
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- which would not start it
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(0);
}
