/** Models in whole floats, for comparing backends that compute with smaller numbers in different ways. */
import { readGgufHeader } from "../gguf/gguf-header.js";
import { readGgufTensors } from "../gguf/gguf-tensors.js";
import { readGgufLists } from "../gguf/gguf-lists.js";
import { ggufWithValues, valuesStart } from "./gguf-with-values.js";

/** The same model in a GGUF file whose tensors are all 32-bit floats. */
export function inWholeFloats(model: Uint8Array): Uint8Array {
  const tensors = readGgufTensors(model, readGgufHeader(model, "model"), "model").map(({ name, shape, numbers }) => ({ name, shape, data: numbers }));
  return ggufWithValues(model.subarray(valuesStart, readGgufLists(model, "model", new Set()).end), tensors);
}
