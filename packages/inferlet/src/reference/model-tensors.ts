/** The tensors of a GGUF file in memory. */
import { StageError } from "@iftk/core";
import { type GgufHeader, type GgufTensor, readGgufHeader } from "../gguf/gguf-header.js";
import { tensorBytes, tensorNumbers } from "../gguf/tensor-numbers.js";

/** A tensor with the bytes that hold it. */
export interface Tensor extends GgufTensor {
  readonly bytes: Uint8Array;
}

/** A GGUF file whose tensors are all there and of types that can be read. */
export interface TensorFile {
  readonly values: GgufHeader["values"];
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * Reads the file; the tensors stay where they are.
 *
 * @param what what the bytes are, for messages
 * @throws StageError `invalid_argument`, reason `not-gguf`, `truncated` or `corrupt`; `unimplemented`, reason `backend`, for
 * weights of a type that is not read.
 */
export function readTensorFile(bytes: Uint8Array, what: string): TensorFile {
  const { values, tensors, dataOffset } = readGgufHeader(bytes, what);
  const found = new Map<string, Tensor>();
  for (const tensor of tensors) {
    const { name, type, shape, offset } = tensor;
    const size = tensorBytes(type, shape);
    if (size === undefined) {
      throw new StageError("unimplemented", `${what}: tensor ${name} is of type ${type} and shape ${shape.join(" x ")}; the reference backend reads F32, F16, BF16 and Q8_0, llama.cpp others too`, { reason: "backend" });
    }
    const start = dataOffset + offset;
    if (start + size > bytes.length) {
      throw new StageError("invalid_argument", `${what}: cut short at ${bytes.length} bytes, tensor ${name} reaches to ${start + size}; read all of it`, { reason: "truncated" });
    }
    found.set(name, { ...tensor, bytes: bytes.subarray(start, start + size) });
  }
  return { values, tensors: found };
}

/** The numbers of a tensor of one dimension, a norm's factors for example. */
export function vectorOf({ type, bytes }: Tensor): Float32Array {
  return tensorNumbers(type, bytes);
}
