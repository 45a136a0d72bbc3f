/** The weights of a Llama network, checked against its shape. */
import { StageError } from "@iftk/core";
import { type Matrix, matrixOf } from "./matrix.js";
import { type Tensor, type TensorFile, vectorOf } from "./model-tensors.js";
import { corruptModel, type NetworkShape, readNetworkShape } from "./network-shape.js";

/** A matrix with its name, by which adapters change it. */
export interface Linear {
  readonly name: string;
  readonly matrix: Matrix;
}

export interface Layer {
  readonly attentionNorm: Float32Array;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly attentionOutput: Linear;
  readonly feedForwardNorm: Float32Array;
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;
}

export interface NetworkWeights {
  readonly shape: NetworkShape;
  readonly embedding: Matrix;
  readonly layers: readonly Layer[];
  readonly outputNorm: Float32Array;
  readonly output: Linear;
  /** What divides the frequencies of the rotary positions, where the model says so. */
  readonly rotaryFactors: Float32Array | undefined;
  /** All that an adapter may change. */
  readonly matrices: ReadonlyMap<string, Matrix>;
}

/**
 * Reads the weights of a network with so many tokens, in a step for each layer.
 *
 * @throws StageError `invalid_argument`, reason `corrupt`, when a tensor is missing or of a wrong shape; `unimplemented`, reason
 * `backend`, for another kind of network, which a tensor that nothing uses tells too.
 */
export function* readNetworkWeights(file: TensorFile, vocabularySize: number): Generator<undefined, NetworkWeights, undefined> {
  const shape = readNetworkShape(file);
  const { width, heads, keyHeads, headWidth, feedForward } = shape;
  const unused = new Map(file.tensors);
  const matrices = new Map<string, Matrix>();

  const take = (name: string, ...dimensions: readonly number[]): Tensor => {
    const tensor = unused.get(name);
    if (tensor === undefined) throw corruptModel(`tensor ${name} is missing`);
    if (tensor.shape.length !== dimensions.length || dimensions.some((length, index) => length !== tensor.shape[index])) {
      throw corruptModel(`tensor ${name} is ${tensor.shape.join(" x ")}, it must be ${dimensions.join(" x ")}`);
    }
    unused.delete(name);
    return tensor;
  };
  const vector = (name: string, length: number): Float32Array => vectorOf(take(name, length));
  const linear = (name: string, columns: number, rows: number): Linear => {
    const matrix = matrixOf(take(name, columns, rows));
    matrices.set(name, matrix);
    return { name, matrix };
  };

  const embedding = matrixOf(take("token_embd.weight", width, vocabularySize));
  const layers: Layer[] = [];
  for (let index = 0; index < shape.layers; index++) {
    const name = (part: string): string => `blk.${index}.${part}.weight`;
    layers.push({
      attentionNorm: vector(name("attn_norm"), width),
      query: linear(name("attn_q"), width, heads * headWidth),
      key: linear(name("attn_k"), width, keyHeads * headWidth),
      value: linear(name("attn_v"), width, keyHeads * headWidth),
      attentionOutput: linear(name("attn_output"), heads * headWidth, width),
      feedForwardNorm: vector(name("ffn_norm"), width),
      gate: linear(name("ffn_gate"), width, feedForward),
      up: linear(name("ffn_up"), width, feedForward),
      down: linear(name("ffn_down"), feedForward, width),
    });
    yield;
  }
  const weights = {
    shape,
    embedding,
    layers,
    outputNorm: vector("output_norm.weight", width),
    // A model without an output of its own uses its embeddings, which no adapter changes.
    output: unused.has("output.weight") ? linear("output.weight", width, vocabularySize) : { name: "output.weight", matrix: embedding },
    rotaryFactors: unused.has("rope_freqs.weight") ? vector("rope_freqs.weight", headWidth / 2) : undefined,
    matrices,
  };
  const [surplus] = unused.keys();
  if (surplus !== undefined) throw new StageError("unimplemented", `model: the reference backend has no use for tensor ${surplus}; it runs plain Llama networks, llama.cpp others too`, { reason: "backend" });
  return weights;
}
