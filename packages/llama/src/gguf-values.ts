/** Key-value pairs of a GGUF header. */
import type { GgufReader } from "./gguf-reader.js";

/** An array; its numbers are kept when they are few, its strings when they are the vocabulary, its count always. */
export interface GgufArray {
  readonly elementType: number;
  readonly count: number;
  readonly numbers: readonly number[];
  /** Texts of the tokens, each byte a character. */
  readonly strings: readonly string[];
}

export type GgufValue = number | bigint | boolean | string | GgufArray;

export type GgufValues = ReadonlyMap<string, GgufValue>;

export const vocabularyKey = "tokenizer.ggml.tokens";

const stringType = 8;
const arrayType = 9;

const longestKey = 1024;
const longestString = 1024 * 1024;
const longestToken = 64 * 1024;
const mostPairs = 10_000;
const mostNumbersKept = 4096;

const scalarSizes: ReadonlyMap<number, number> = new Map([
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

/** The types of the values, by the numbers that GGUF gives them. */
export type GgufValueTypes = ReadonlyMap<string, number>;

/** Reads as many pairs as the header says. */
export async function readValues(reader: GgufReader, count: number): Promise<{ values: GgufValues; types: GgufValueTypes }> {
  if (count > mostPairs) throw reader.corrupt(`it has ${count} key-value pairs, at most ${mostPairs} can be`);
  const values = new Map<string, GgufValue>();
  const types = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const key = await readString(reader, "the length of a key", longestKey);
    if (key === "") throw reader.corrupt(`key ${index} is empty`);
    if (values.has(key)) throw reader.corrupt(`key ${key} stands twice`);
    await reader.need(4);
    const type = reader.u32();
    types.set(key, type);
    values.set(key, await readValue(reader, key, type));
  }
  return { values, types };
}

/** Reads a string with its length before it. */
export async function readString(reader: GgufReader, what: string, longest: number): Promise<string> {
  await reader.need(8);
  const length = reader.count(what, longest);
  await reader.need(length);
  return reader.bytes(length).toString("utf8");
}

async function readValue(reader: GgufReader, key: string, type: number): Promise<GgufValue> {
  if (type === stringType) return readString(reader, `the length of ${key}`, longestString);
  if (type !== arrayType) {
    const size = scalarSizes.get(type);
    if (size === undefined) throw reader.corrupt(`key ${key} has the unknown type ${type}`);
    await reader.need(size);
    return decodeScalar(reader.bytes(size), type);
  }

  await reader.need(12);
  const elementType = reader.u32();
  const elements = reader.u64();
  const size = elementType === stringType ? 8 : scalarSizes.get(elementType);
  if (size === undefined) throw reader.corrupt(`key ${key} is an array of the unknown type ${elementType}`);
  if (elements > 2n ** 32n) throw reader.corrupt(`key ${key} is an array of ${elements} elements`);
  const count = Number(elements);
  if (count * size > reader.remaining) throw reader.truncated(`the array ${key} of ${count} elements does not fit`);
  if (elementType === stringType) {
    const isKept = key === vocabularyKey;
    const longest = isKept ? longestToken : longestString;
    const strings: string[] = [];
    for (let index = 0; index < count; index++) {
      if (!reader.has(8)) await reader.need(8);
      const length = reader.count(`the length of an element of ${key}`, longest);
      if (isKept) {
        if (!reader.has(length)) await reader.need(length);
        strings.push(reader.bytes(length).toString("latin1"));
      } else {
        reader.skip(length);
      }
    }
    return { elementType, count, numbers: [], strings };
  }
  if (count > mostNumbersKept) {
    reader.skip(count * size);
    return { elementType, count, numbers: [], strings: [] };
  }
  await reader.need(count * size);
  const numbers = Array.from({ length: count }, () => Number(decodeScalar(reader.bytes(size), elementType)));
  return { elementType, count, numbers, strings: [] };
}

function decodeScalar(bytes: Buffer, type: number): number | bigint | boolean {
  switch (type) {
    case 0:
      return bytes.readUInt8();
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes.readUInt8() !== 0;
    case 10:
      return bytes.readBigUInt64LE();
    case 11:
      return bytes.readBigInt64LE();
    default:
      return bytes.readDoubleLE();
  }
}
