/** The beginning of a GGUF file, version 3: what the model is, and where its tensors lie. */

/** The value of a key; an array holds strings, or integers of 32 bits. */
export type Value = string | boolean | { readonly integer: number } | { readonly float: number } | readonly string[] | Int32Array;

/** The numbers by which the format knows types of values. */
const valueTypes = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const headerVersion = 3;

/** Tensors begin at multiples of this. */
const alignment = 32;

export interface TensorPlace {
  readonly name: string;
  /** Row length first. */
  readonly shape: readonly number[];
  /** The number by which the format knows the type of the elements. */
  readonly type: number;
  readonly bytes: number;
}

/** A length that is rounded up to where the next tensor may begin. */
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** The header, up to the first byte of the first tensor; the tensors follow in this order, each at an aligned place. */
export function ggufHeader(values: Readonly<Record<string, Value>>, tensors: readonly TensorPlace[]): Buffer {
  const parts: Buffer[] = [Buffer.from("GGUF"), u32(headerVersion), u64(tensors.length), u64(Object.keys(values).length)];
  for (const [key, value] of Object.entries(values)) parts.push(string(key), ...valueParts(value));
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    parts.push(string(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset));
    offset += aligned(bytes);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat(parts, aligned(length));
}

function valueParts(value: Value): readonly Buffer[] {
  if (typeof value === "string") return [u32(valueTypes.string), string(value)];
  if (typeof value === "boolean") return [u32(valueTypes.bool), Buffer.of(value ? 1 : 0)];
  if (value instanceof Int32Array) return [u32(valueTypes.array), u32(valueTypes.i32), u64(value.length), Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
  if ("integer" in value) return [u32(valueTypes.u32), u32(value.integer)];
  if ("float" in value) return [u32(valueTypes.f32), Buffer.from(Float32Array.of(value.float).buffer)];
  return [u32(valueTypes.array), u32(valueTypes.string), u64(value.length), ...value.map(string)];
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
