/** A model in memory: its tokens, its network, and room for keys and values. */
import type { Backend } from "../backend.js";
import { CellPool } from "./cell-pool.js";
import { fingerprint } from "./checksum.js";
import { readGgufLists } from "../gguf/gguf-lists.js";
import { readTensorFile } from "./model-tensors.js";
import { Network } from "./network.js";
import { readNetworkShape } from "./network-shape.js";
import { type NetworkWeights, readNetworkWeights } from "./network-weights.js";
import { mergesKey, tokensKey, tokenTypesKey, Vocabulary } from "./vocabulary.js";

/** What is held of a model while it is open. */
export interface ReferenceModel extends Pick<Backend, "name" | "contextSize" | "chatTemplate"> {
  readonly vocabulary: Vocabulary;
  readonly network: Network;
  readonly cells: CellPool;
  /** What an adapter may change. */
  readonly matrices: NetworkWeights["matrices"];
  /** Differs between models. */
  readonly fingerprint: Uint8Array;
}

/** Bytes that all cells take at most by default, unless one full sequence takes more. */
const affordableBytes = 256 * 2 ** 20;

/**
 * Reads a model out of a GGUF file, in steps of some milliseconds.
 *
 * @throws StageError as `openReference` does.
 */
export function* readReferenceModel(bytes: Uint8Array, options: { readonly contextSize?: number | undefined; readonly cells?: number | undefined }): Generator<undefined, ReferenceModel, undefined> {
  const file = readTensorFile(bytes, "model");
  const shape = readNetworkShape(file);
  const contextSize = Math.min(options.contextSize ?? 8192, shape.contextLength, options.cells ?? Infinity);
  const vocabulary = new Vocabulary(file, readGgufLists(bytes, "model", new Set([tokensKey, mergesKey, tokenTypesKey])), contextSize);
  yield;
  const weights = yield* readNetworkWeights(file, vocabulary.size);
  const cellWidth = shape.keyHeads * shape.headWidth;
  const cellBytes = shape.layers * cellWidth * 2 * Float32Array.BYTES_PER_ELEMENT;
  const text = (key: string): string | undefined => {
    const value = file.values.get(key)?.value;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    name: text("general.name") ?? "model",
    contextSize,
    chatTemplate: text("tokenizer.chat_template"),
    vocabulary,
    network: new Network(weights),
    cells: new CellPool(options.cells ?? Math.max(contextSize, Math.min(8 * contextSize, Math.floor(affordableBytes / cellBytes))), shape.layers, cellWidth),
    matrices: weights.matrices,
    fingerprint: yield* fingerprint(bytes),
  };
}
