/** The network of a Llama model: norms by the root of the mean square, attention with shared keys, SwiGLU. */
import type { ForwardRows } from "../backend.js";
import { attend } from "./attend.js";
import type { CellPool } from "./cell-pool.js";
import type { LoraWeights } from "./lora-weights.js";
import type { NetworkShape } from "./network-shape.js";
import type { Layer, Linear, NetworkWeights } from "./network-weights.js";
import { Rotary } from "./rotary.js";

/** Tokens that go through a layer together; between two such steps of a pass others have their turn. */
const tile = 8;

/** An adapter as a pass uses it. */
export interface ScaledWeights {
  readonly weights: LoraWeights;
  readonly scale: number;
}

/** What goes through the network in one pass. */
export interface PassInput {
  readonly tokens: Int32Array;
  /** The cells of what the sequence holds and, after them, of these tokens, where their keys and values go. */
  readonly cells: Int32Array;
  /** One for each token. */
  readonly positions: ArrayLike<number>;
  /** For each token a mark for each cell, not 0 where it attends to it; by default all up to its own. */
  readonly attention: readonly Uint8Array[] | undefined;
  readonly adapters: readonly ScaledWeights[];
  /** Indices of the tokens whose output is wanted, ascending. */
  readonly rows: ArrayLike<number>;
  readonly want: "logits" | "embeddings" | "both";
}

/** A pass with the states that it carries from layer to layer. */
interface Pass extends PassInput {
  readonly states: Float64Array;
  readonly turns: readonly Float64Array[];
}

/** Passes through the weights of a model. */
export class Network {
  readonly shape: NetworkShape;
  readonly rotary: Rotary;
  readonly #weights: NetworkWeights;
  /** Overwritten by each step of any pass. */
  readonly #scratch: Readonly<Record<"normed" | "query" | "attended" | "keys" | "gate" | "up" | "projected" | "logits", Float64Array>>;
  #scores = new Float64Array(256);
  #visible = new Int32Array(256);

  constructor(weights: NetworkWeights) {
    const { shape, rotaryFactors, embedding } = weights;
    const { width, heads, keyHeads, headWidth, feedForward } = shape;
    this.shape = shape;
    this.rotary = new Rotary(shape, rotaryFactors);
    this.#weights = weights;
    const vectors = (length: number): Float64Array => new Float64Array(tile * length);
    this.#scratch = {
      normed: vectors(width),
      query: vectors(heads * headWidth),
      attended: vectors(heads * headWidth),
      keys: vectors(keyHeads * headWidth),
      gate: vectors(feedForward),
      up: vectors(feedForward),
      projected: vectors(width),
      logits: new Float64Array(embedding.rows),
    };
  }

  /** Takes the tokens through all layers, in steps of some milliseconds, and gives what is wanted of the rows. */
  *run(input: PassInput, pool: CellPool): Generator<undefined, ForwardRows, undefined> {
    const { tokens, positions, rows, want } = input;
    const { width } = this.shape;
    const { embedding, layers, outputNorm, output } = this.#weights;
    const states = new Float64Array(tokens.length * width);
    tokens.forEach((token, index) => embedding.copyRow(token, states, index * width));
    const pass: Pass = { ...input, states, turns: Array.from(positions, (position) => this.rotary.turnsOf(position)) };

    for (const [index, layer] of layers.entries()) {
      // A token may attend to later ones of the pass, so all keys of a layer come first.
      for (let start = 0; start < tokens.length; start += tile) {
        this.#writeCells(pass, layer, pool.keys[index] as Float32Array, pool.values[index] as Float32Array, start);
        yield;
      }
      for (let start = 0; start < tokens.length; start += tile) {
        this.#advance(pass, layer, pool.keys[index] as Float32Array, pool.values[index] as Float32Array, start);
        yield;
      }
    }

    const logits: Float32Array[] = [];
    const embeddings: Float32Array[] = [];
    for (let index = 0; index < rows.length; index++) {
      const { normed, logits: scratch } = this.#scratch;
      this.#norm(states, rows[index] as number, 1, outputNorm, normed);
      if (want !== "logits") embeddings.push(Float32Array.from(normed.subarray(0, width)));
      if (want !== "embeddings") {
        this.#multiply(output, normed, scratch, 1, pass);
        logits.push(Float32Array.from(scratch));
      }
      yield;
    }
    return { logits, embeddings };
  }

  /** The keys, turned by their positions, and the values of some tokens. */
  #writeCells(pass: Pass, layer: Layer, keys: Float32Array, values: Float32Array, start: number): void {
    const { tokens, cells, states, turns } = pass;
    const count = Math.min(tile, tokens.length - start);
    const held = cells.length - tokens.length;
    const { normed, keys: scratch } = this.#scratch;
    const width = this.shape.keyHeads * this.shape.headWidth;
    this.#norm(states, start, count, layer.attentionNorm, normed);
    for (const [linear, target] of [[layer.key, keys], [layer.value, values]] as const) {
      this.#multiply(linear, normed, scratch, count, pass);
      for (let index = 0; index < count; index++) {
        const from = index * width;
        if (target === keys) this.rotary.turn(scratch, from, from + width, turns[start + index] as Float64Array);
        target.set(scratch.subarray(from, from + width), (cells[held + start + index] as number) * width);
      }
    }
  }

  /** Adds to the states of some tokens what attention and then the feed-forward network make of them. */
  #advance(pass: Pass, layer: Layer, keys: Float32Array, values: Float32Array, start: number): void {
    const { tokens, states, turns } = pass;
    const count = Math.min(tile, tokens.length - start);
    const { shape } = this;
    const { normed, query, attended, gate, up, projected } = this.#scratch;
    const width = shape.heads * shape.headWidth;
    this.#norm(states, start, count, layer.attentionNorm, normed);
    this.#multiply(layer.query, normed, query, count, pass);
    for (let index = 0; index < count; index++) {
      const from = index * width;
      this.rotary.turn(query, from, from + width, turns[start + index] as Float64Array);
      const cells = this.#cellsOf(pass, start + index);
      if (this.#scores.length < cells.length) this.#scores = new Float64Array(cells.length * 2);
      attend({ keys, values, cells }, shape, query, attended, from, this.#scores);
    }
    this.#multiply(layer.attentionOutput, attended, projected, count, pass);
    this.#add(projected, states, start, count);

    this.#norm(states, start, count, layer.feedForwardNorm, normed);
    this.#multiply(layer.gate, normed, gate, count, pass);
    this.#multiply(layer.up, normed, up, count, pass);
    for (let index = 0; index < count * shape.feedForward; index++) {
      const value = gate[index] as number;
      gate[index] = (value / (1 + Math.exp(-value))) * (up[index] as number);
    }
    this.#multiply(layer.down, gate, projected, count, pass);
    this.#add(projected, states, start, count);
  }

  /** The cells that a token of the pass attends to. */
  #cellsOf({ tokens, cells, attention }: Pass, index: number): Int32Array {
    const marks = attention?.[index];
    if (marks === undefined) return cells.subarray(0, cells.length - tokens.length + index + 1);
    if (this.#visible.length < cells.length) this.#visible = new Int32Array(cells.length * 2);
    let count = 0;
    for (let place = 0; place < cells.length; place++) if (marks[place] !== 0) this.#visible[count++] = cells[place] as number;
    return this.#visible.subarray(0, count);
  }

  #multiply({ name, matrix }: Linear, input: Float64Array, output: Float64Array, count: number, { adapters }: Pass): void {
    matrix.multiply(input, output, count);
    for (const { weights, scale } of adapters) weights.add(name, input, output, count, scale);
  }

  /** Scales states to a mean square of 1, and then by the factors. */
  #norm(states: Float64Array, start: number, count: number, factors: Float32Array, output: Float64Array): void {
    const { width, epsilon } = this.shape;
    for (let index = 0; index < count; index++) {
      const from = (start + index) * width;
      let sum = 0;
      for (let place = 0; place < width; place++) sum += (states[from + place] as number) ** 2;
      const scale = 1 / Math.sqrt(sum / width + epsilon);
      for (let place = 0; place < width; place++) output[index * width + place] = (states[from + place] as number) * scale * (factors[place] as number);
    }
  }

  #add(change: Float64Array, states: Float64Array, start: number, count: number): void {
    const { width } = this.shape;
    const from = start * width;
    for (let index = 0; index < count * width; index++) states[from + index] = (states[from + index] as number) + (change[index] as number);
  }
}
