/** Reads the numbers and strings of a GGUF file in memory; nothing is read, or reserved, that the file does not hold. */
import { StageError } from "@iftk/core";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A place in the bytes, which each read moves on. */
export class GgufCursor {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** What the bytes are, for messages. */
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  u32(): number {
    return this.#view.getUint32(this.#move(4), true);
  }

  /** A count, which may be at most `most`. */
  count(name: string, most: number): number {
    const value = this.#view.getBigUint64(this.#move(8), true);
    if (value > BigInt(most)) throw this.corrupt(`${name} is ${value}, at most ${most} can be`);
    return Number(value);
  }

  /** A number or truth of one of GGUF's scalar types. */
  scalar(type: number): number | bigint | boolean {
    const position = this.#move(scalarSizes.get(type) ?? 0);
    const view = this.#view;
    switch (type) {
      case 0:
        return view.getUint8(position);
      case 1:
        return view.getInt8(position);
      case 2:
        return view.getUint16(position, true);
      case 3:
        return view.getInt16(position, true);
      case 4:
        return view.getUint32(position, true);
      case 5:
        return view.getInt32(position, true);
      case 6:
        return view.getFloat32(position, true);
      case 7:
        return view.getUint8(position) !== 0;
      case 10:
        return view.getBigUint64(position, true);
      case 11:
        return view.getBigInt64(position, true);
      case 12:
        return view.getFloat64(position, true);
      default:
        throw this.corrupt(`it has a value of the unknown type ${type}`);
    }
  }

  /** A string with its length before it. */
  string(name: string, longest: number): string {
    const length = this.count(`the length of ${name}`, longest);
    const start = this.#move(length);
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  skip(count: number): void {
    this.#move(count);
  }

  truncated(): StageError {
    return new StageError("invalid_argument", `${this.#what}: cut short at ${this.#bytes.length} bytes, more is needed; read all of it`, { reason: "truncated" });
  }

  corrupt(detail: string): StageError {
    return new StageError("invalid_argument", `${this.#what}: ${detail}; it is damaged, or not of the kind that is asked for`, { reason: "corrupt" });
  }

  #move(count: number): number {
    const start = this.position;
    if (count > this.#bytes.length - start) throw this.truncated();
    this.position += count;
    return start;
  }
}

/** Bytes of GGUF's scalar types. */
export const scalarSizes: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);
