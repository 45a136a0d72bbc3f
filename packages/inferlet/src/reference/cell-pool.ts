/** The keys and values of the tokens of all sequences. */
import { StageError } from "@iftk/core";

/** A place for what each layer keeps of one token, by its number. Once written a cell does not change while two sequences share it. */
export class CellPool {
  readonly capacity: number;
  /** Of each layer, the keys of cell after cell. */
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** Numbers of the keys, and of the values, that a layer keeps of a token. */
  readonly width: number;
  /** Sequences that hold each cell. */
  readonly #holders: Uint16Array;
  readonly #free: Int32Array;
  #freeCount: number;

  /** @throws StageError `resource_exhausted` when there is not memory enough. */
  constructor(capacity: number, layers: number, width: number) {
    this.capacity = capacity;
    this.width = width;
    const arrays = (): Float32Array[] => Array.from({ length: layers }, () => new Float32Array(capacity * width));
    try {
      this.keys = arrays();
      this.values = arrays();
    } catch (error) {
      throw new StageError("resource_exhausted", `backend: there is not memory enough for ${capacity} cells; ask for fewer cells or a smaller contextSize`, { cause: error });
    }
    this.#holders = new Uint16Array(capacity);
    this.#free = Int32Array.from({ length: capacity }, (_, index) => capacity - 1 - index);
    this.#freeCount = capacity;
  }

  /** @throws StageError `resource_exhausted` when fewer are free. */
  take(count: number): Int32Array {
    if (count > this.#freeCount) {
      throw new StageError("resource_exhausted", `backend: ${count} cells are needed, ${this.#freeCount} of the ${this.capacity} that all sequences share are free; release or trim sequences, or open the model with more cells`);
    }
    this.#freeCount -= count;
    const cells = this.#free.subarray(this.#freeCount, this.#freeCount + count).toReversed();
    for (const cell of cells) this.#holders[cell] = 1;
    return cells;
  }

  /** Lets one more sequence hold the cells. */
  share(cells: Int32Array): void {
    for (const cell of cells) this.#holders[cell] = this.#holdersOf(cell) + 1;
  }

  giveBack(cells: Int32Array): void {
    for (const cell of cells) {
      const holders = this.#holdersOf(cell) - 1;
      this.#holders[cell] = holders;
      if (holders === 0) this.#free[this.#freeCount++] = cell;
    }
  }

  /**
   * Gives cells of the same content that nobody else holds, in place of the given ones: those where that is so, copies of the others.
   *
   * @throws StageError `resource_exhausted` when there is no room for the copies, and then nothing is changed.
   */
  own(cells: Int32Array): Int32Array {
    const shared = cells.filter((cell) => this.#holdersOf(cell) > 1);
    const copies = this.take(shared.length);
    const copyOf = new Map(Array.from(shared, (cell, index) => [cell, copies[index] as number]));
    for (const [cell, copy] of copyOf) {
      const start = cell * this.width;
      for (const numbers of [...this.keys, ...this.values]) numbers.copyWithin(copy * this.width, start, start + this.width);
    }
    this.giveBack(shared);
    return cells.map((cell) => copyOf.get(cell) ?? cell);
  }

  /** Bytes of a cell. */
  get bytes(): number {
    return (this.keys.length + this.values.length) * this.width * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Calls back with what each layer keeps of each cell: keys first, then values. */
  visit(cells: Int32Array, callback: (numbers: Float32Array) => void): void {
    for (const numbers of [...this.keys, ...this.values]) for (const cell of cells) callback(numbers.subarray(cell * this.width, (cell + 1) * this.width));
  }

  #holdersOf(cell: number): number {
    return this.#holders[cell] as number;
  }
}
