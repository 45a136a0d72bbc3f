/** The tensors of a GGUF file as numbers. */
import { StageError } from "@iftk/core";
import type { GgufHeader } from "./gguf-header.js";
import { tensorBytes, tensorNumbers } from "./tensor-numbers.js";

export interface GgufNumbers {
  readonly name: string;
  /** Elements of each dimension, those of a row first. */
  readonly shape: readonly number[];
  readonly numbers: Float32Array<ArrayBuffer>;
}

/**
 * Reads all tensors, in the order of the file. They must lie one after another, as they are written, so that
 * a small file cannot name much.
 *
 * @throws StageError `invalid_argument`, reason `truncated` or `corrupt`; `unimplemented` for an encoding that is not read.
 */
export function readGgufTensors(bytes: Uint8Array, { tensors, dataOffset, alignment }: GgufHeader, what: string): readonly GgufNumbers[] {
  let start = dataOffset;
  const places = tensors.map(({ name, type, shape, offset }) => {
    const size = tensorBytes(type, shape);
    if (size === undefined) throw new StageError("unimplemented", `${what}: tensor ${name} of ${shape.join(" x ")} has the type ${type}; F32, F16, BF16 and Q8_0 are read`);
    if (offset !== start - dataOffset) throw new StageError("invalid_argument", `${what}: tensor ${name} lies at ${offset} and not at ${start - dataOffset}; the file is damaged`, { reason: "corrupt" });
    if (start + size > bytes.length) throw new StageError("invalid_argument", `${what}: cut short at ${bytes.length} bytes, tensor ${name} ends at ${start + size}; read all of it`, { reason: "truncated" });
    const place = bytes.subarray(start, start + size);
    start += Math.ceil(size / alignment) * alignment;
    return place;
  });
  return tensors.map(({ name, type, shape }, index) => ({ name, shape, numbers: tensorNumbers(type, places[index] as Uint8Array) }));
}
