/** The lists of a GGUF file that a tokenizer is made of, which its header is otherwise read without. */
import { GgufCursor, scalarSizes } from "./gguf-cursor.js";
import { stringType } from "./gguf-header.js";

const arrayType = 9;
const longestString = 1024 * 1024;

/** The arrays of strings and of numbers under these keys; what is not there, or holds something else, is left out. */
export interface GgufLists {
  readonly strings: ReadonlyMap<string, readonly string[]>;
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  /** Where the values end and the list of tensors begins. */
  readonly end: number;
}

/**
 * Reads them out of a file whose header was read before.
 *
 * @throws StageError `invalid_argument`, reason `truncated` or `corrupt`.
 */
export function readGgufLists(bytes: Uint8Array, what: string, keys: ReadonlySet<string>): GgufLists {
  const strings = new Map<string, readonly string[]>();
  const numbers = new Map<string, readonly number[]>();
  const cursor = new GgufCursor(bytes, what);
  cursor.skip(16); // the mark, the version and the number of tensors
  const pairs = cursor.count("the number of key-value pairs", 2 ** 32);
  for (let pair = 0; pair < pairs; pair++) {
    const key = cursor.string(`key ${pair}`, longestString);
    const type = cursor.u32();
    if (type !== arrayType) {
      skipValue(cursor, key, type);
      continue;
    }
    const elementType = cursor.u32();
    const count = cursor.count(`the length of ${key}`, bytes.length);
    if (!keys.has(key)) for (let index = 0; index < count; index++) skipValue(cursor, key, elementType);
    else if (elementType === stringType) strings.set(key, Array.from({ length: count }, () => cursor.string(`an element of ${key}`, longestString)));
    else numbers.set(key, Array.from({ length: count }, () => Number(cursor.scalar(elementType))));
  }
  return { strings, numbers, end: cursor.position };
}

function skipValue(cursor: GgufCursor, key: string, type: number): void {
  cursor.skip(type === stringType ? cursor.count(`the length of ${key}`, longestString) : (scalarSizes.get(type) ?? 0));
}
