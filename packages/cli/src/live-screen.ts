/** A terminal on which lines at the bottom change while output goes on above them. */
import { Writable } from "node:stream";
import { cutAt, shortened, widthOf } from "./columns.js";
import type { HostOutput } from "./host.js";

const up = (count: number): string => (count === 0 ? "" : `\u001B[${count}A`);
const clearBelow = "\r\u001B[J";

/**
 * Lines at the bottom of a terminal.
 *
 * What is written to `output` stands above them. Of its last line, while it has no end, only the last row can still be
 * taken back: rows before it stay, and wrap as the terminal has it. So the screen always knows how many rows are its own,
 * also where the terminal has become narrower and has wrapped them.
 */
export class LiveScreen {
  /** What is written here stays. */
  readonly output: HostOutput;
  readonly #terminal: HostOutput;
  #open = "";
  #lines: readonly string[] = [];
  /** What stands in the rows that can be taken back. */
  #rows: readonly string[] = [];

  constructor(terminal: HostOutput) {
    this.#terminal = terminal;
    const decoder = new TextDecoder();
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: string | Uint8Array, _encoding, done) => this.#put(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }), done),
    });
    this.output = Object.defineProperty(Object.assign(output, { isTTY: terminal.isTTY }), "columns", { get: () => terminal.columns });
  }

  /** Columns of the terminal as it is now. */
  get width(): number {
    return Math.max(1, this.#terminal.columns ?? 80);
  }

  /** Shows these lines in place of those before; those that the terminal has no rows for are left out. */
  show(lines: readonly string[]): void {
    this.#lines = lines;
    this.#terminal.write(this.#drawn(""));
  }

  /** Takes the lines away once all output is out, and ends its last line. Nothing can be written to the output any more. */
  async close(): Promise<void> {
    if (this.output.writableEnded) return;
    await new Promise<void>((resolve) => this.output.end(resolve));
    const open = this.#open === "" ? "" : `${this.#open}\n`;
    this.#open = "";
    this.#lines = [];
    this.#terminal.write(this.#drawn(open));
  }

  #put(text: string, done: (error?: Error | null) => void): void {
    const end = text.lastIndexOf("\n") + 1;
    let stays = end === 0 ? "" : this.#open + text.slice(0, end);
    let open = end === 0 ? this.#open + text : text.slice(end);
    // A tab would take columns that nobody has counted.
    open = open.replaceAll("\t", " ");
    for (let at = cutAt(open, this.width); at < open.length; at = cutAt(open, this.width)) {
      // A terminal of one column has no room for a wide character, and shows it in its own way.
      stays += open.slice(0, Math.max(1, at));
      open = open.slice(Math.max(1, at));
    }
    this.#open = open;
    this.#terminal.write(this.#drawn(stays), done);
  }

  /** Takes back the rows, writes what stays, and draws the rows anew. */
  #drawn(stays: string): string {
    const taken = this.#rows.reduce((count, row) => count + Math.max(1, Math.ceil(widthOf(row) / this.width)), 0);
    const open = this.#open === "" ? [] : [this.#open];
    // The cursor stands in a row of its own below them.
    const room = Math.max(0, (this.#terminal.rows ?? 24) - 1 - open.length);
    this.#rows = [...open, ...this.#lines.slice(0, room).map((line) => shortened(line, this.width - 1))];
    return `${up(taken)}${clearBelow}${stays}${this.#rows.map((row) => `${row}\n`).join("")}`;
  }
}
