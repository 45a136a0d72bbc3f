/** Lines of a terminal or of what is piped in, one at a time. */
import { createInterface, type Interface } from "node:readline";
import type { Host, HostOutput } from "./host.js";

/** Gives lines as they are asked for, and hears Ctrl-C at a terminal, also while nobody waits for a line. */
export class LineQueue implements Disposable {
  readonly #interface: Interface;
  readonly #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #isOver = false;

  constructor(input: Host["stdin"], output: HostOutput, onInterrupt: () => void) {
    const isTerminal = input.isTTY === true && output.isTTY === true;
    this.#interface = createInterface({ input, ...(isTerminal && { output }), terminal: isTerminal, historySize: 100 });
    this.#interface.on("line", (line) => this.#give(line));
    this.#interface.on("close", () => this.#end());
    this.#interface.on("SIGINT", onInterrupt);
  }

  /** The next line; undefined when there are no more. */
  next(prompt: string): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined || this.#isOver) return Promise.resolve(line);
    this.#interface.resume();
    if (prompt !== "") {
      this.#interface.setPrompt(prompt);
      this.#interface.prompt();
    }
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  /** Ends it: whoever waits is given undefined. */
  close(): void {
    this.#interface.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #give(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) return waiting(line);
    this.#lines.push(line);
    // What is piped in waits; a terminal is heard on for Ctrl-C.
    if (!this.#interface.terminal && this.#lines.length >= 64) this.#interface.pause();
  }

  #end(): void {
    this.#isOver = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }
}
