/** Checks a model before the library sees it: what is wrong with it is said here, not by a crash there. */
import { basename } from "node:path";
import { type GgufTensor, readGguf, textOf } from "./gguf-file.js";
import { checkHyperparameters, checkTokens } from "./hyperparameters.js";

/** What is known of a model before it is loaded. */
export interface ModelFile {
  readonly path: string;
  /** Name that the file gives, or the name of the file. */
  readonly name: string;
  readonly architecture: string;
  /** Tokens that the model was trained to hold. */
  readonly contextLength: number;
  /** Numbers of a hidden state as it leaves the last layer. */
  readonly embeddingLength: number;
  /** How positions beyond those of the first training are made; none when it is not said. */
  readonly ropeScaling: string;
  readonly chatTemplate: string | undefined;
  /** Whether it names the token that begins a sequence; llama.cpp gives some token when it does not. */
  readonly hasBeginToken: boolean;
  /** Whether it names the token that ends a text. */
  readonly hasEndToken: boolean;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Bytes of all weights. */
  readonly tensorBytes: number;
  /** Bytes before the weights. */
  readonly headerBytes: number;
  /** Elements of the keys and values of one token. */
  readonly cellElements: number;
}

/**
 * Reads the header of a model and checks that the file holds all that the header names.
 *
 * @throws StageError as `readGguf` does; `invalid_argument`, reason `corrupt`, for a model that cannot be.
 */
export async function readModelFile(path: string, signal?: AbortSignal): Promise<ModelFile> {
  const { values, tensors, tensorBytes, headerBytes, corrupt } = await readGguf(path, `model file ${path}`, signal);
  checkTokens(values, corrupt);
  return {
    path,
    name: textOf(values, "general.name") ?? basename(path),
    ...checkHyperparameters(values, corrupt),
    chatTemplate: textOf(values, "tokenizer.chat_template"),
    hasBeginToken: values.has("tokenizer.ggml.bos_token_id"),
    hasEndToken: values.has("tokenizer.ggml.eos_token_id"),
    tensors,
    tensorBytes,
    headerBytes,
  };
}
