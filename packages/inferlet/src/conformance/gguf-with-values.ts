/** GGUF files with values of any kind, lists among them. */
import { readGgufHeader } from "../gguf/gguf-header.js";
import { ggufFile, type GgufTensorData } from "../gguf/gguf-writer.js";

/** Where the number of values stands, after the mark, the version and the number of tensors. */
export const valuesStart = 16;
const numberOfValues = 8;
const alignment = 32;

/** A file of these tensors whose values are the bytes given, their number first. */
export function ggufWithValues(values: Uint8Array, tensors: readonly GgufTensorData[]): Uint8Array<ArrayBuffer> {
  const bare = ggufFile([], tensors);
  const { dataOffset } = readGgufHeader(bare, "model");
  const list = bare.subarray(valuesStart + numberOfValues, dataOffset);
  const start = Math.ceil((valuesStart + values.length + list.length) / alignment) * alignment;
  const file = new Uint8Array(start + bare.length - dataOffset);
  file.set(bare.subarray(0, valuesStart));
  file.set(values, valuesStart);
  file.set(list, valuesStart + values.length);
  file.set(bare.subarray(dataOffset), start);
  return file;
}
