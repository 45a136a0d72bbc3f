/** A terminal on which lines at the bottom change while output goes on above them. */
import { Writable } from "node:stream";
import type { HostOutput } from "./host.js";

const up = (count: number): string => (count === 0 ? "" : `\u001B[${count}A`);
const clearBelow = "\r\u001B[J";

/**
 * Lines at the bottom of a terminal.
 *
 * What is written to `output` stands above them. Its last line, while it has no end, is shown as one of them and cut to
 * the width, so that the screen always knows how many rows it may take back.
 */
export class LiveScreen {
  /** What is written here stays. */
  readonly output: HostOutput;
  readonly #terminal: HostOutput;
  #open = "";
  #lines: readonly string[] = [];
  #rows = 0;

  constructor(terminal: HostOutput) {
    this.#terminal = terminal;
    const decoder = new TextDecoder();
    this.output = Object.assign(new Writable({
      decodeStrings: false,
      write: (chunk: string | Uint8Array, _encoding, done) => this.#put(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }), done),
    }), { columns: terminal.columns });
  }

  /** Columns of the terminal. */
  get width(): number {
    return this.#terminal.columns ?? 80;
  }

  /** Shows these lines in place of those before. */
  show(lines: readonly string[]): void {
    this.#lines = lines;
    this.#terminal.write(this.#drawn(""));
  }

  /** Takes the lines away once all output is out, and ends its last line. Nothing can be written to the output any more. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.output.end(resolve));
    const open = this.#open === "" ? "" : `${this.#open}\n`;
    this.#open = "";
    this.#lines = [];
    this.#terminal.write(this.#drawn(open));
  }

  #put(text: string, done: (error?: Error | null) => void): void {
    const end = text.lastIndexOf("\n") + 1;
    const whole = end === 0 ? "" : this.#open + text.slice(0, end);
    this.#open = end === 0 ? this.#open + text : text.slice(end);
    this.#terminal.write(this.#drawn(whole), done);
  }

  /** Takes back the rows, writes what stays, and draws the rows anew. */
  #drawn(stays: string): string {
    const open = this.#open === "" ? [] : [this.#open.slice(-Math.max(1, this.width - 1))];
    const rows = [...open, ...this.#lines.map((line) => line.slice(0, this.width - 1))];
    const drawn = `${up(this.#rows)}${clearBelow}${stays}${rows.map((row) => `${row}\n`).join("")}`;
    this.#rows = rows.length;
    return drawn;
  }
}
