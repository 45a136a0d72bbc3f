/** The tokens of one forward pass, in memory that the library reads in place. */
import koffi from "koffi";
import type { NativeBatch } from "./layout.js";

/** A batch of at most `capacity` tokens, each of one sequence. It must not change while a pass reads it. */
export class Batch {
  readonly capacity: number;
  /** The struct that is handed to the library. */
  readonly native: NativeBatch;
  /** What the struct points to: as an address alone keeps nothing alive, the batch does. */
  readonly memory: readonly ArrayBufferView[];
  readonly #tokens: Int32Array<ArrayBuffer>;
  readonly #positions: Int32Array<ArrayBuffer>;
  readonly #sequences: Int32Array<ArrayBuffer>;
  readonly #outputs: Int8Array<ArrayBuffer>;

  constructor(capacity: number) {
    this.capacity = capacity;
    // Each array has an ArrayBuffer of its own: that memory never moves, unlike that of a small typed array.
    const words = () => new Int32Array(new ArrayBuffer(capacity * 4));
    this.#tokens = words();
    this.#positions = words();
    this.#sequences = words();
    this.#outputs = new Int8Array(new ArrayBuffer(capacity));
    const sequenceCounts = words().fill(1);
    const sequenceLists = new BigUint64Array(new ArrayBuffer(capacity * 8));
    const base = koffi.address(this.#sequences);
    for (let row = 0; row < capacity; row++) sequenceLists[row] = base + BigInt(row * 4);
    this.native = {
      n_tokens: 0,
      token: koffi.address(this.#tokens),
      embd: null,
      pos: koffi.address(this.#positions),
      n_seq_id: koffi.address(sequenceCounts),
      seq_id: koffi.address(sequenceLists),
      logits: koffi.address(this.#outputs),
    };
    this.memory = [this.#tokens, this.#positions, this.#sequences, this.#outputs, sequenceCounts, sequenceLists];
  }

  get length(): number {
    return this.native.n_tokens;
  }

  clear(): void {
    this.native.n_tokens = 0;
  }

  /** Appends a token and gives its row; `wantsLogits` asks for the logits after it. */
  add(token: number, position: number, sequence: number, wantsLogits: boolean): number {
    const row = this.native.n_tokens++;
    this.#tokens[row] = token;
    this.#positions[row] = position;
    this.#sequences[row] = sequence;
    this.#outputs[row] = wantsLogits ? 1 : 0;
    return row;
  }
}
