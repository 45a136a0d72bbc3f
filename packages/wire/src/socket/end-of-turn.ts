/** The end of a turn of the event loop. */
import { macrotask } from "@iftk/core/authoring";

let tasks: (() => void)[] = [];

/** Calls the function, which must not throw, after what is running now and the promises that settle by it. */
export function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) void macrotask().then(endTurn); // one for all, for an entry of its own costs each more
}

function endTurn(): void {
  const ending = tasks;
  tasks = [];
  for (const task of ending) task();
}
