/** The numbers of a tensor, out of the ways in which adapters store them. */

interface TensorEncoding {
  /** Elements and bytes of one block; a row holds whole blocks. */
  readonly elements: number;
  readonly bytes: number;
  readonly decode: (block: DataView, numbers: Float32Array) => void;
}

/** By the number that ggml gives the type. */
const encodings: ReadonlyMap<number, TensorEncoding> = new Map<number, TensorEncoding>([
  [0, { elements: 1, bytes: 4, decode: each(4, (view, at) => view.getFloat32(at, true)) }], // F32
  [1, { elements: 1, bytes: 2, decode: each(2, (view, at) => halfFloat(view.getUint16(at, true))) }], // F16
  [8, { elements: 32, bytes: 34, decode: decodeQ8 }], // Q8_0
  [30, { elements: 1, bytes: 2, decode: each(2, bfloat) }], // BF16
]);

/** Bytes of a tensor, or `undefined` when it is not stored in a way that is known, or rows break blocks. */
export function tensorBytes(type: number, shape: readonly number[]): number | undefined {
  const encoding = encodings.get(type);
  if (encoding === undefined || (shape[0] ?? 0) % encoding.elements !== 0) return undefined;
  return (shape.reduce((product, dimension) => product * dimension, 1) / encoding.elements) * encoding.bytes;
}

/** The numbers of a tensor whose bytes these are. */
export function tensorNumbers(type: number, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { elements, bytes: size, decode } = encodings.get(type) as TensorEncoding;
  const numbers = new Float32Array((bytes.length / size) * elements);
  decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), numbers);
  return numbers;
}

function each(size: number, read: (view: DataView, at: number) => number): TensorEncoding["decode"] {
  return (view, numbers) => {
    for (let index = 0; index < numbers.length; index++) numbers[index] = read(view, index * size);
  };
}

/** Blocks of 32: a scale of 16 bits, then that many whole numbers of 8. */
function decodeQ8(view: DataView, numbers: Float32Array): void {
  for (let start = 0, at = 0; start < numbers.length; start += 32, at += 34) {
    const scale = halfFloat(view.getUint16(at, true));
    for (let index = 0; index < 32; index++) numbers[start + index] = scale * view.getInt8(at + 2 + index);
  }
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a 32-bit float. */
function bfloat(view: DataView, at: number): number {
  word.setUint32(0, view.getUint16(at, true) << 16);
  return word.getFloat32(0);
}

/** A number of IEEE 754's binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
