/** A model of any size whose weights are random: it says nothing, and costs what a trained one costs. */
import { open, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aligned, ggufHeader, type TensorPlace, type Value } from "./gguf-header.js";
import { fillRandom } from "./random-words.js";
import { makeVocabulary, type Vocabulary } from "./vocabulary.js";

/** The shape of a model of the Llama architecture. */
export interface ModelShape {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly feedForward: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
}

/** The shape of SmolLM2-135M. */
export const shape135m: ModelShape = { name: "random-135m", layers: 30, width: 576, heads: 9, keyHeads: 3, feedForward: 1536, vocabularySize: 49_152, contextLength: 8192 };

/** How the weights of a tensor are written: 32-bit floats of one value, or Q8_0. */
const float = { type: 0, bytesOf: (elements: number) => elements * 4 };
const quantized = { type: 8, bytesOf: (elements: number) => (elements / 32) * 34 };

/** What follows a tensor's place in the header: one value, or random rows of a spread with rows of zero after them. */
type Content = { readonly value: number } | { readonly deviation: number; readonly zeros: number };
type Tensor = TensorPlace & { readonly content: Content };

/** Logits spread about so far, as those of trained models do. */
const logitDeviation = 3;
const embeddingDeviation = 0.02;

/** The path of the model of a shape in the temporary folder; it is written when it is not there. */
export async function randomModelPath(shape: ModelShape, onProgress: (fraction: number) => void = () => {}): Promise<string> {
  const plan = planOf(shape);
  const path = join(tmpdir(), `iftk-${shape.name}.gguf`);
  const size = await stat(path).then((found) => found.size, () => undefined);
  if (size !== plan.bytes) await write(plan, path, onProgress);
  return path;
}

/** Writes the model of a shape, the same bytes each time; the file appears when it is whole. */
export async function writeRandomModel(shape: ModelShape, path: string, onProgress: (fraction: number) => void = () => {}): Promise<void> {
  await write(planOf(shape), path, onProgress);
}

interface Plan {
  readonly header: Buffer;
  readonly tensors: readonly Tensor[];
  readonly bytes: number;
}

function planOf(shape: ModelShape): Plan {
  const vocabulary = makeVocabulary(shape.vocabularySize);
  const tensors = tensorsOf(shape, vocabulary);
  const header = ggufHeader(valuesOf(shape, vocabulary), tensors);
  return { header, tensors, bytes: tensors.reduce((sum, tensor) => sum + aligned(tensor.bytes), header.length) };
}

function valuesOf(shape: ModelShape, { tokens, merges, controls }: Vocabulary): Readonly<Record<string, Value>> {
  const normal = 1;
  const control = 3;
  const firstControl = tokens.length - controls.length;
  const types = new Int32Array(tokens.length).fill(normal).fill(control, firstControl);
  return {
    "general.architecture": "llama",
    "general.name": shape.name,
    "general.file_type": { integer: 7 },
    "llama.context_length": { integer: shape.contextLength },
    "llama.embedding_length": { integer: shape.width },
    "llama.block_count": { integer: shape.layers },
    "llama.feed_forward_length": { integer: shape.feedForward },
    "llama.attention.head_count": { integer: shape.heads },
    "llama.attention.head_count_kv": { integer: shape.keyHeads },
    "llama.attention.layer_norm_rms_epsilon": { float: 1e-5 },
    "llama.rope.dimension_count": { integer: shape.width / shape.heads },
    "llama.vocab_size": { integer: tokens.length },
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": types,
    "tokenizer.ggml.merges": merges,
    "tokenizer.ggml.bos_token_id": { integer: firstControl },
    "tokenizer.ggml.eos_token_id": { integer: tokens.length - 1 },
    "tokenizer.ggml.add_bos_token": false,
  };
}

/** The embeddings are the output too; those of control tokens are zero, so that none of them is ever likely. */
function tensorsOf({ layers, width, heads, keyHeads, feedForward }: ModelShape, { tokens, controls }: Vocabulary): readonly Tensor[] {
  const keys = (width / heads) * keyHeads;
  const vector = (name: string, value: number): Tensor => ({ name, shape: [width], type: float.type, bytes: float.bytesOf(width), content: { value } });
  const matrix = (name: string, input: number, output: number, deviation = 1 / Math.sqrt(input), zeros = 0): Tensor => {
    return { name, shape: [input, output], type: quantized.type, bytes: quantized.bytesOf(input * output), content: { deviation, zeros: quantized.bytesOf(input * zeros) } };
  };
  return [
    matrix("token_embd.weight", width, tokens.length, embeddingDeviation, controls.length),
    vector("output_norm.weight", logitDeviation / embeddingDeviation / Math.sqrt(width)),
    ...Array.from({ length: layers }, (_, layer) => [
      vector(`blk.${layer}.attn_norm.weight`, 1),
      matrix(`blk.${layer}.attn_q.weight`, width, width),
      matrix(`blk.${layer}.attn_k.weight`, width, keys),
      matrix(`blk.${layer}.attn_v.weight`, width, keys),
      matrix(`blk.${layer}.attn_output.weight`, width, width),
      vector(`blk.${layer}.ffn_norm.weight`, 1),
      matrix(`blk.${layer}.ffn_gate.weight`, width, feedForward),
      matrix(`blk.${layer}.ffn_up.weight`, width, feedForward),
      matrix(`blk.${layer}.ffn_down.weight`, feedForward, width),
    ]).flat(),
  ];
}

async function write({ header, tensors, bytes }: Plan, path: string, onProgress: (fraction: number) => void): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  const file = await open(partial, "w");
  try {
    let written = 0;
    const append = async (chunk: Uint8Array): Promise<void> => {
      await file.writeFile(chunk);
      written += chunk.length;
      onProgress(written / bytes);
    };
    await append(header);
    let state = 1;
    for (const tensor of tensors) {
      const { content } = tensor;
      if ("value" in content) await append(new Uint8Array(new Float32Array(tensor.bytes / 4).fill(content.value).buffer));
      else state = await appendRandom(tensor.bytes - content.zeros, content.deviation, state, append);
      const rest = aligned(tensor.bytes) - tensor.bytes + ("zeros" in content ? content.zeros : 0);
      if (rest > 0) await append(new Uint8Array(rest));
    }
    await file.close();
    await rename(partial, path);
  } finally {
    await file.close();
    await rm(partial, { force: true });
  }
}

/** Bytes of a block of Q8_0, which are a scale of 16 bits and 32 weights of 8, and of so many blocks that are written at once. */
const blockBytes = 34;
const chunkBytes = blockBytes * (1 << 15);

async function appendRandom(bytes: number, deviation: number, state: number, append: (chunk: Uint8Array) => Promise<void>): Promise<number> {
  const words = new Uint32Array(chunkBytes / 4);
  const chunk = new DataView(words.buffer);
  const scale = halfFloat(deviation / Math.sqrt(255 ** 2 / 12));
  let next = state;
  for (let left = bytes; left > 0; left -= chunkBytes) {
    next = fillRandom(words, next);
    for (let block = 0; block < chunkBytes; block += blockBytes) chunk.setUint16(block, scale, true);
    await append(new Uint8Array(words.buffer, 0, Math.min(left, chunkBytes)));
  }
  return next;
}

/** The bits of a positive number as a float of 16 bits, cut off; right where it is from 2^-14 to 2^15. */
function halfFloat(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  return (bits - (112 << 23)) >>> 13;
}
