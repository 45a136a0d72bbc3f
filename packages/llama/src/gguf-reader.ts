/** Reads a GGUF header piece by piece; every size is checked against the file before it is used. */
import type { FileHandle } from "node:fs/promises";
import { StageError } from "@iftk/core";

const windowBytes = 1024 * 1024;

/**
 * A cursor over a file with a window of it in memory.
 *
 * The getters read what `need` has made present and move the cursor on; they are synchronous so that
 * a vocabulary of many thousand strings costs few promises.
 */
export class GgufReader {
  readonly #handle: FileHandle;
  readonly #label: string;
  readonly #size: number;
  #window: Buffer = Buffer.alloc(0);
  #offset = 0;
  #start = 0;

  /** `label` names the file in errors. */
  constructor(handle: FileHandle, label: string, size: number) {
    this.#handle = handle;
    this.#label = label;
    this.#size = size;
  }

  /** Bytes before the cursor. */
  get position(): number {
    return this.#start + this.#offset;
  }

  /** Bytes of the file after the cursor. */
  get remaining(): number {
    return this.#size - this.position;
  }

  /** Whether the next bytes are in memory. */
  has(bytes: number): boolean {
    return this.#window.length - this.#offset >= bytes;
  }

  /** Brings the next bytes into memory, of which there may be at most a mebibyte. */
  async need(bytes: number): Promise<void> {
    if (this.has(bytes)) return;
    this.#claim(bytes);
    const start = this.position;
    const window = Buffer.allocUnsafe(Math.min(windowBytes, this.#size - start));
    let length = 0;
    while (length < bytes) {
      const { bytesRead } = await this.#handle.read(window, length, window.length - length, start + length);
      if (bytesRead === 0) throw this.truncated(`the header goes on after byte ${start + length}`);
      length += bytesRead;
    }
    this.#window = window.subarray(0, length);
    this.#start = start;
    this.#offset = 0;
  }

  u32(): number {
    return this.#window.readUInt32LE(this.#move(4));
  }

  u64(): bigint {
    return this.#window.readBigUInt64LE(this.#move(8));
  }

  /** A count or length, which may be at most `most`. */
  count(what: string, most: number): number {
    const value = this.u64();
    if (value > BigInt(most)) throw this.corrupt(`${what} is ${value}, at most ${most} can be`);
    return Number(value);
  }

  bytes(count: number): Buffer {
    const start = this.#move(count);
    return this.#window.subarray(start, start + count);
  }

  /** Moves the cursor on; nothing of what is passed over is read. */
  skip(bytes: number): void {
    this.#claim(bytes);
    if (this.has(bytes)) {
      this.#offset += bytes;
      return;
    }
    this.#start = this.position + bytes;
    this.#offset = 0;
    this.#window = Buffer.alloc(0);
  }

  truncated(detail: string): StageError {
    return new StageError("invalid_argument", `${this.#label}: cut short at ${this.#size} bytes: ${detail}; fetch the file again`, {
      reason: "truncated",
    });
  }

  corrupt(detail: string): StageError {
    return new StageError("invalid_argument", `${this.#label}: ${detail}; the file is damaged or nothing that llama.cpp can run`, { reason: "corrupt" });
  }

  #claim(bytes: number): void {
    if (bytes > this.remaining) throw this.truncated(`the header needs ${bytes} bytes from byte ${this.position} on`);
  }

  #move(bytes: number): number {
    const offset = this.#offset;
    this.#offset += bytes;
    return offset;
  }
}
