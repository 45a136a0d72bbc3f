/** Low-rank adapters as GGUF files (Hu et al., LoRA, 2021), in the form that llama.cpp reads. */
import { StageError } from "@iftk/core";
import { type GgufEntry, ggufFile, type GgufTensorData } from "../gguf/gguf-writer.js";
import { type GgufHeader, readGgufHeader } from "../gguf/gguf-header.js";
import { type GgufNumbers, readGgufTensors } from "../gguf/gguf-tensors.js";

/** The change of one matrix: `b` times `a`, times the adapter's `alpha / rank`. */
export interface LoraTensor {
  /** The model's tensor that is changed, such as `blk.0.attn_q.weight`. */
  readonly name: string;
  /** Numbers that go into the matrix. */
  readonly in: number;
  /** Numbers that come out of it. */
  readonly out: number;
  readonly rank: number;
  /** `rank` rows of `in` numbers. */
  readonly a: Float32Array;
  /** `out` rows of `rank` numbers. */
  readonly b: Float32Array;
}

export interface LoraAdapter {
  /** Kind of the model, as its own file gives it: `general.architecture`. */
  readonly architecture: string;
  /** By this over the rank every change is multiplied; 0 counts as the rank. */
  readonly alpha: number;
  /** Name for people to read. */
  readonly name?: string | undefined;
  readonly tensors: readonly LoraTensor[];
}

const what = "adapter file";
const float32Type = 6;
const suffixOfA = ".lora_a";
const suffixOfB = ".lora_b";

/**
 * The GGUF file of an adapter.
 *
 * @throws StageError `invalid_argument` when there are no tensors, one stands twice, its matrices have not
 * the size that is said, or a number is not finite.
 */
export function loraFile(adapter: LoraAdapter): Uint8Array<ArrayBuffer> {
  return ggufFile(loraEntries(adapter), loraTensorData(adapter.tensors));
}

/** The keys of an adapter's file. */
export function loraEntries({ architecture, alpha, name }: Omit<LoraAdapter, "tensors">): readonly GgufEntry[] {
  if (architecture === "") throw new StageError("invalid_argument", "architecture: expected that of the model, such as llama");
  if (!Number.isFinite(alpha)) throw new StageError("invalid_argument", `alpha: expected a finite number, got ${alpha}`);
  return [
    ["general.architecture", "string", architecture],
    ["general.type", "string", "adapter"],
    ["adapter.type", "string", "lora"],
    ["adapter.lora.alpha", "float32", alpha],
    ...(name === undefined ? [] : [["general.name", "string", name] as const]),
  ];
}

/** The matrices of an adapter's file. */
export function loraTensorData(tensors: readonly LoraTensor[]): readonly GgufTensorData[] {
  if (tensors.length === 0) throw new StageError("invalid_argument", "tensors: expected at least one");
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size < tensors.length) throw new StageError("invalid_argument", "tensors: one stands twice");
  return tensors.flatMap(({ name, in: inputs, out, rank, a, b }) => {
    for (const [size, value] of Object.entries({ in: inputs, out, rank })) {
      if (!(Number.isSafeInteger(value) && value > 0)) throw new StageError("invalid_argument", `tensor ${name}: ${size}: expected a positive integer, got ${value}`);
    }
    if (!a.every(Number.isFinite) || !b.every(Number.isFinite)) throw new StageError("invalid_argument", `tensor ${name}: a number of it is not finite`);
    return [
      { name: name + suffixOfA, shape: [inputs, rank], data: a },
      { name: name + suffixOfB, shape: [rank, out], data: b },
    ];
  });
}

/**
 * Reads an adapter out of the bytes of its GGUF file, whose matrices are stored as F32, F16, BF16 or Q8_0.
 *
 * @throws StageError `invalid_argument`, reason `not-gguf`, `truncated` or `corrupt`, for what is no such file;
 * `unimplemented` for one that changes an embedding or a norm, or stores its matrices in another way.
 */
export function readLoraFile(bytes: Uint8Array): LoraAdapter {
  const header = readGgufHeader(bytes, what);
  requireText(header, "general.type", "adapter");
  requireText(header, "adapter.type", "lora");
  return { ...readLoraValues(header), tensors: pairTensors(readGgufTensors(bytes, header, what)) };
}

/** What a file says of its adapter beside the matrices. */
export function readLoraValues({ values }: GgufHeader): Omit<LoraAdapter, "tensors"> {
  const architecture = values.get("general.architecture")?.value;
  const alpha = values.get("adapter.lora.alpha") ?? { type: float32Type, value: 0 };
  const name = values.get("general.name")?.value;
  if (typeof architecture !== "string" || architecture === "") throw corrupt("general.architecture must be a text");
  // llama.cpp ends the process over an alpha of another type.
  if (alpha.type !== float32Type || typeof alpha.value !== "number" || !Number.isFinite(alpha.value)) throw corrupt("adapter.lora.alpha must be a finite 32-bit float");
  return { architecture, alpha: alpha.value, ...(typeof name === "string" ? { name } : {}) };
}

/** The matrices of an adapter, each `lora_a` with its `lora_b`. */
export function pairTensors(tensors: readonly GgufNumbers[]): readonly LoraTensor[] {
  const others = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const pairs = tensors.flatMap((a) => {
    if (!a.name.endsWith(suffixOfA)) return [];
    const name = a.name.slice(0, -suffixOfA.length);
    const b = others.get(name + suffixOfB);
    if (b === undefined) throw corrupt(`${a.name} has no lora_b`);
    if (name.endsWith("token_embd.weight")) throw new StageError("unimplemented", `${what}: it changes ${name}; adapters of embeddings are not read`);
    const [inputs = 0, rank = 0] = a.shape;
    const [rankOfB, out = 0] = b.shape;
    if (a.shape.length !== 2 || b.shape.length !== 2 || rank !== rankOfB) throw corrupt(`the matrices of ${name}, ${a.shape.join(" x ")} and ${b.shape.join(" x ")}, have no common rank`);
    others.delete(a.name);
    others.delete(b.name);
    return [{ name, in: inputs, out, rank, a: a.numbers, b: b.numbers }];
  });
  const [other] = others.keys();
  if (other?.endsWith(suffixOfB)) throw corrupt(`${other} has no lora_a`);
  if (other !== undefined) throw new StageError("unimplemented", `${what}: it holds ${other}; only pairs of lora_a and lora_b are read`);
  if (pairs.length === 0) throw corrupt("it holds no matrices");
  return pairs;
}

function requireText({ values }: GgufHeader, key: string, text: string): void {
  const value = values.get(key)?.value;
  if (value !== text) throw corrupt(`${key} must be ${text}, it is ${String(value).slice(0, 100)}`);
}

function corrupt(detail: string): StageError {
  return new StageError("invalid_argument", `${what}: ${detail}; it is damaged, or no adapter of this kind`, { reason: "corrupt" });
}
