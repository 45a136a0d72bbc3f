/** Matrices of weights, and their products with the states of tokens. */
import { tensorNumbers } from "../gguf/tensor-numbers.js";
import type { Tensor } from "./model-tensors.js";

/**
 * The weights of a linear map, a row for each number that it gives.
 *
 * Each sum runs over its row from left to right in 64 bits, so a product has the same bits whatever else is computed with it.
 */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Multiplies the first `count` vectors of the input, which lie one after another, as do those of the output. */
  multiply(input: Float64Array, output: Float64Array, count: number): void;
  /** Writes one row. */
  copyRow(row: number, output: Float64Array, offset: number): void;
}

const q8Type = 8;
const blockElements = 32;
const blockBytes = 34;
/** Rows that are multiplied side by side, as one sum alone waits for each of its additions. */
const lanes = 4;

/** The matrix that a tensor of two dimensions holds; eight-bit weights stay as they are, all others become 32-bit floats. */
export function matrixOf({ type, shape, bytes }: Tensor): Matrix {
  const columns = shape[0] ?? 0;
  const rows = shape[1] ?? 1;
  return type === q8Type ? new BlockMatrix(rows, columns, bytes) : new FloatMatrix(rows, columns, tensorNumbers(type, bytes));
}

/** The matrix of these numbers, row after row. */
export function floatMatrix(rows: number, columns: number, numbers: Float32Array): Matrix {
  return new FloatMatrix(rows, columns, numbers);
}

const padded = (rows: number): number => Math.ceil(rows / lanes) * lanes;

class FloatMatrix implements Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Rows of zeros follow, up to a multiple of the lanes. */
  readonly #weights: Float32Array;

  constructor(rows: number, columns: number, weights: Float32Array) {
    this.rows = rows;
    this.columns = columns;
    this.#weights = new Float32Array(padded(rows) * columns);
    this.#weights.set(weights);
  }

  multiply(input: Float64Array, output: Float64Array, count: number): void {
    const { rows, columns } = this;
    const weights = this.#weights;
    for (let row = 0; row < rows; row += lanes) {
      const row0 = row * columns;
      const row1 = row0 + columns;
      const row2 = row1 + columns;
      const row3 = row2 + columns;
      for (let vector = 0; vector < count; vector++) {
        const start = vector * columns;
        let sum0 = 0;
        let sum1 = 0;
        let sum2 = 0;
        let sum3 = 0;
        for (let column = 0; column < columns; column++) {
          const value = input[start + column] as number;
          sum0 += (weights[row0 + column] as number) * value;
          sum1 += (weights[row1 + column] as number) * value;
          sum2 += (weights[row2 + column] as number) * value;
          sum3 += (weights[row3 + column] as number) * value;
        }
        put(output, vector * rows, row, rows, sum0, sum1, sum2, sum3);
      }
    }
  }

  copyRow(row: number, output: Float64Array, offset: number): void {
    output.set(this.#weights.subarray(row * this.columns, (row + 1) * this.columns), offset);
  }
}

/** Weights of eight bits with a scale for each 32 of them, ggml's Q8_0. */
class BlockMatrix implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #weights: Int8Array;
  readonly #scales: Float32Array;

  constructor(rows: number, columns: number, bytes: Uint8Array) {
    this.rows = rows;
    this.columns = columns;
    this.#weights = new Int8Array(padded(rows) * columns);
    this.#scales = new Float32Array(this.#weights.length / blockElements);
    const blocks = bytes.length / blockBytes;
    const scales = new Uint8Array(blocks * 2);
    for (let block = 0; block < blocks; block++) {
      const start = block * blockBytes;
      scales.set(bytes.subarray(start, start + 2), block * 2);
      this.#weights.set(new Int8Array(bytes.buffer, bytes.byteOffset + start + 2, blockElements), block * blockElements);
    }
    this.#scales.set(tensorNumbers(1, scales));
  }

  multiply(input: Float64Array, output: Float64Array, count: number): void {
    const { rows, columns } = this;
    const weights = this.#weights;
    const scales = this.#scales;
    const blocks = columns / blockElements;
    for (let row = 0; row < rows; row += lanes) {
      const row0 = row * columns;
      const row1 = row0 + columns;
      const row2 = row1 + columns;
      const row3 = row2 + columns;
      for (let vector = 0; vector < count; vector++) {
        const start = vector * columns;
        let sum0 = 0;
        let sum1 = 0;
        let sum2 = 0;
        let sum3 = 0;
        for (let block = 0; block < blocks; block++) {
          const end = (block + 1) * blockElements;
          let part0 = 0;
          let part1 = 0;
          let part2 = 0;
          let part3 = 0;
          for (let column = end - blockElements; column < end; column++) {
            const value = input[start + column] as number;
            part0 += (weights[row0 + column] as number) * value;
            part1 += (weights[row1 + column] as number) * value;
            part2 += (weights[row2 + column] as number) * value;
            part3 += (weights[row3 + column] as number) * value;
          }
          const scale = row * blocks + block;
          sum0 += part0 * (scales[scale] as number);
          sum1 += part1 * (scales[scale + blocks] as number);
          sum2 += part2 * (scales[scale + 2 * blocks] as number);
          sum3 += part3 * (scales[scale + 3 * blocks] as number);
        }
        put(output, vector * rows, row, rows, sum0, sum1, sum2, sum3);
      }
    }
  }

  copyRow(row: number, output: Float64Array, offset: number): void {
    const start = row * this.columns;
    for (let column = 0; column < this.columns; column++) {
      output[offset + column] = (this.#weights[start + column] as number) * (this.#scales[(start + column) / blockElements | 0] as number);
    }
  }
}

/** Writes four sums from `row` on, save those of the rows that only fill up. */
function put(output: Float64Array, offset: number, row: number, rows: number, sum0: number, sum1: number, sum2: number, sum3: number): void {
  output[offset + row] = sum0;
  if (row + 1 < rows) output[offset + row + 1] = sum1;
  if (row + 2 < rows) output[offset + row + 2] = sum2;
  if (row + 3 < rows) output[offset + row + 3] = sum3;
}
