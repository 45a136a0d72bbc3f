/** What a GGUF file says of itself before its tensors. */
import { StageError } from "@iftk/core";
import { GgufCursor, scalarSizes } from "./gguf-cursor.js";

/** A value with the type it is written as, by GGUF's number of it. */
export interface GgufValue {
  readonly type: number;
  readonly value: string | number | bigint | boolean;
}

export interface GgufTensor {
  readonly name: string;
  /** Elements of each dimension, those of a row first. */
  readonly shape: readonly number[];
  /** How its elements are stored, by the number that ggml gives the type. */
  readonly type: number;
  /** Bytes from the beginning of the tensors. */
  readonly offset: number;
}

export interface GgufHeader {
  /** All but the arrays. */
  readonly values: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
  /** Where the tensors begin. */
  readonly dataOffset: number;
  readonly alignment: number;
}

export const stringType = 8;
const arrayType = 9;
const mostPairs = 10_000;
const mostTensors = 50_000;
const longestName = 1024;
const longestString = 1024 * 1024;
const mostDimensions = 4;

/**
 * Reads the header; the tensors need not be there.
 *
 * @param what what the bytes are, for messages
 * @throws StageError `invalid_argument`, reason `not-gguf`, `truncated` or `corrupt`.
 */
export function readGgufHeader(bytes: Uint8Array, what: string): GgufHeader {
  const cursor = new GgufCursor(bytes, what);
  if (new TextDecoder("latin1").decode(bytes.subarray(0, 4)) !== "GGUF") throw new StageError("invalid_argument", `${what}: it is not a GGUF file`, { reason: "not-gguf" });
  cursor.skip(4);
  const version = cursor.u32();
  if (version !== 2 && version !== 3) throw cursor.corrupt(`its GGUF version is ${version}, 2 and 3 are known`);
  const tensorCount = cursor.count("the number of tensors", mostTensors);
  const pairCount = cursor.count("the number of key-value pairs", mostPairs);

  const values = new Map<string, GgufValue>();
  const keys = new Set<string>();
  for (let index = 0; index < pairCount; index++) {
    const key = cursor.string(`key ${index}`, longestName);
    if (keys.has(key)) throw cursor.corrupt(`key ${key} stands twice`);
    keys.add(key);
    const type = cursor.u32();
    if (type === arrayType) skipArray(cursor, key);
    else values.set(key, { type, value: type === stringType ? cursor.string(key, longestString) : cursor.scalar(type) });
  }
  const alignment = values.get("general.alignment")?.value ?? 32;
  if (typeof alignment !== "number" || !Number.isInteger(Math.log2(alignment)) || alignment < 1 || alignment > 2 ** 20) throw cursor.corrupt("general.alignment must be a power of two");

  const names = new Set<string>();
  const tensors = Array.from({ length: tensorCount }, (_, index) => {
    const tensor = readTensor(cursor, index);
    if (names.has(tensor.name)) throw cursor.corrupt(`tensor ${tensor.name} stands twice`);
    names.add(tensor.name);
    return tensor;
  });
  return { values, tensors, alignment, dataOffset: Math.ceil(cursor.position / alignment) * alignment };
}

function readTensor(cursor: GgufCursor, index: number): GgufTensor {
  const name = cursor.string(`the name of tensor ${index}`, longestName);
  const dimensions = cursor.u32();
  if (dimensions > mostDimensions) throw cursor.corrupt(`tensor ${name} has ${dimensions} dimensions, at most ${mostDimensions} can be`);
  const shape = Array.from({ length: dimensions }, () => cursor.count(`a dimension of tensor ${name}`, 2 ** 31));
  if (shape.some((dimension) => dimension === 0)) throw cursor.corrupt(`tensor ${name} has no elements`);
  return { name, shape, type: cursor.u32(), offset: cursor.count(`the offset of tensor ${name}`, Number.MAX_SAFE_INTEGER) };
}

function skipArray(cursor: GgufCursor, key: string): void {
  const type = cursor.u32();
  const count = cursor.count(`the length of ${key}`, 2 ** 32);
  const size = scalarSizes.get(type);
  if (size !== undefined) return cursor.skip(count * size);
  if (type !== stringType) throw cursor.corrupt(`key ${key} is an array of the unknown type ${type}`);
  for (let index = 0; index < count; index++) cursor.skip(cursor.count(`the length of an element of ${key}`, longestString));
}
