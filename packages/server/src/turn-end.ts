/** Work that can wait until the event loop has turned, and is often not needed by then. */
export class TurnEnd {
  #tasks: (() => void)[] = [];

  /** Calls the function after this turn; all functions of a turn share one timer. */
  add(task: () => void): void {
    if (this.#tasks.push(task) === 1) setTimeout(() => this.#run(), 0);
  }

  #run(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }
}
