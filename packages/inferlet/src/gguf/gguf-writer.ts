/** Writes small GGUF files: values of a few types, and tensors of 32-bit floats. */
import { StageError } from "@iftk/core";

/** A key with its value and the type it is written as. */
export type GgufEntry =
  | readonly [key: string, type: "string", value: string]
  | readonly [key: string, type: "float32" | "float64", value: number]
  | readonly [key: string, type: "uint64", value: number];

export interface GgufTensorData {
  readonly name: string;
  /** Elements of each dimension, those of a row first. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Every offset of a tensor is a multiple of it. */
const alignment = 32;
const version = 3;
/** With the NUL that llama.cpp adds they are 64. */
const longestName = 63;

const typeNumbers = { string: 8, float32: 6, float64: 12, uint64: 10 } as const;

const encoder = new TextEncoder();

/** @throws StageError `invalid_argument` for a tensor whose name is too long or whose shape is not that of its data. */
export function ggufFile(entries: readonly GgufEntry[], tensors: readonly GgufTensorData[]): Uint8Array<ArrayBuffer> {
  const header = new Pieces();
  header.bytes(encoder.encode("GGUF"));
  header.u32(version);
  header.u64(tensors.length);
  header.u64(entries.length);
  for (const [key, type, value] of entries) {
    header.string(key);
    header.u32(typeNumbers[type]);
    if (type === "string") header.string(value);
    else if (type === "uint64") header.u64(value);
    else header.float(value, type === "float32" ? 4 : 8);
  }

  let size = 0;
  const offsets: number[] = [];
  for (const { name, shape, data } of tensors) {
    if (encoder.encode(name).length > longestName) throw new StageError("invalid_argument", `tensor ${name}: its name is longer than ${longestName} bytes`);
    if (shape.reduce((product, dimension) => product * dimension, 1) !== data.length) throw new StageError("invalid_argument", `tensor ${name}: a shape of ${shape.join(" x ")} does not hold ${data.length} numbers`);
    header.string(name);
    header.u32(shape.length);
    for (const dimension of shape) header.u64(dimension);
    header.u32(0); // 32-bit floats
    header.u64(size);
    offsets.push(size);
    size += padded(data.byteLength);
  }

  const start = padded(header.length);
  const file = new Uint8Array(start + size);
  header.writeTo(file);
  for (const [index, { data }] of tensors.entries()) {
    // Memory is little-endian wherever there is a JavaScript engine, as the file is.
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + (offsets[index] as number));
  }
  return file;
}

function padded(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

class Pieces {
  length = 0;
  readonly #pieces: Uint8Array[] = [];

  bytes(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  u32(value: number): void {
    this.#scalar(4, (view) => view.setUint32(0, value, true));
  }

  u64(value: number): void {
    this.#scalar(8, (view) => view.setBigUint64(0, BigInt(value), true));
  }

  float(value: number, size: 4 | 8): void {
    this.#scalar(size, (view) => (size === 4 ? view.setFloat32(0, value, true) : view.setFloat64(0, value, true)));
  }

  string(text: string): void {
    const piece = encoder.encode(text);
    this.u64(piece.length);
    this.bytes(piece);
  }

  writeTo(file: Uint8Array): void {
    let offset = 0;
    for (const piece of this.#pieces) {
      file.set(piece, offset);
      offset += piece.length;
    }
  }

  #scalar(size: number, set: (view: DataView) => void): void {
    const piece = new Uint8Array(size);
    set(new DataView(piece.buffer));
    this.bytes(piece);
  }
}
