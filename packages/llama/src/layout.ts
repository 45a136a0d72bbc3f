/**
 * The C structs of llama.cpp as the releases v0.4.0 and v0.5.0 lay them out.
 *
 * Nothing in the libraries describes their structs and a wrong layout corrupts memory, so every
 * release is refused whose versions, sizes and default values are not those written here.
 */
import { StageError } from "@iftk/core";
import type { Platform } from "./platform.js";

/** An address; null is C's NULL. */
export type Pointer = bigint | null;

export const modelParamsFields = {
  devices: "void *",
  tensor_buft_overrides: "void *",
  n_gpu_layers: "int32",
  split_mode: "int32",
  load_mode: "int32",
  lazy_mode: "int32",
  main_gpu: "int32",
  tensor_split: "void *",
  progress_callback: "void *",
  progress_callback_user_data: "void *",
  kv_overrides: "void *",
  vocab_only: "bool",
  check_tensors: "bool",
  use_extra_bufts: "bool",
  no_host: "bool",
  no_alloc: "bool",
  load_mtp: "bool",
} as const;

export const contextParamsFields = {
  n_ctx: "uint32",
  n_batch: "uint32",
  n_ubatch: "uint32",
  n_seq_max: "uint32",
  n_rs_seq: "uint32",
  n_outputs_max: "uint32",
  n_outputs_max_per_seq: "uint32",
  n_threads: "int32",
  n_threads_batch: "int32",
  ctx_type: "int32",
  rope_scaling_type: "int32",
  pooling_type: "int32",
  attention_type: "int32",
  flash_attn_type: "int32",
  rope_freq_base: "float",
  rope_freq_scale: "float",
  yarn_ext_factor: "float",
  yarn_attn_factor: "float",
  yarn_beta_fast: "float",
  yarn_beta_slow: "float",
  yarn_orig_ctx: "uint32",
  defrag_thold: "float",
  cb_eval: "void *",
  cb_eval_user_data: "void *",
  type_k: "int32",
  type_v: "int32",
  abort_callback: "void *",
  abort_callback_data: "void *",
  embeddings: "bool",
  offload_kqv: "bool",
  no_perf: "bool",
  op_offload: "bool",
  swa_full: "bool",
  kv_unified: "bool",
  samplers: "void *",
  n_samplers: "size_t",
  ctx_other: "void *",
} as const;

export const batchFields = {
  n_tokens: "int32",
  token: "void *",
  embd: "void *",
  pos: "void *",
  n_seq_id: "void *",
  seq_id: "void *",
  logits: "void *",
} as const;

type ValueOf<Type> = Type extends "void *" ? Pointer : Type extends "bool" ? boolean : number;
type StructOf<Fields> = { -readonly [Name in keyof Fields]: ValueOf<Fields[Name]> };

export type ModelParams = StructOf<typeof modelParamsFields>;
export type ContextParams = StructOf<typeof contextParamsFields>;
export type NativeBatch = StructOf<typeof batchFields>;

const modelParamsDefaults: ModelParams = {
  devices: null,
  tensor_buft_overrides: null,
  n_gpu_layers: -1,
  split_mode: 1,
  load_mode: -1,
  lazy_mode: 1,
  main_gpu: 0,
  tensor_split: null,
  progress_callback: null,
  progress_callback_user_data: null,
  kv_overrides: null,
  vocab_only: false,
  check_tensors: false,
  use_extra_bufts: true,
  no_host: false,
  no_alloc: false,
  load_mtp: false,
};

const contextParamsDefaults: ContextParams = {
  n_ctx: 512,
  n_batch: 2048,
  n_ubatch: 512,
  n_seq_max: 1,
  n_rs_seq: 0,
  n_outputs_max: 0,
  n_outputs_max_per_seq: 1,
  n_threads: 4,
  n_threads_batch: 4,
  ctx_type: 0,
  rope_scaling_type: -1,
  pooling_type: -1,
  attention_type: -1,
  flash_attn_type: -1,
  rope_freq_base: 0,
  rope_freq_scale: 0,
  yarn_ext_factor: -1,
  yarn_attn_factor: -1,
  yarn_beta_fast: -1,
  yarn_beta_slow: -1,
  yarn_orig_ctx: 0,
  defrag_thold: -1,
  cb_eval: null,
  cb_eval_user_data: null,
  type_k: 1,
  type_v: 1,
  abort_callback: null,
  abort_callback_data: null,
  embeddings: false,
  offload_kqv: true,
  no_perf: true,
  op_offload: true,
  swa_full: true,
  kv_unified: false,
  samplers: null,
  n_samplers: 0,
  ctx_other: null,
};

/** Bytes of each struct by value. */
const structSizes = { modelParams: 80, contextParams: 160, batch: 56 } as const;

/** What a loaded library says of itself. */
export interface LibraryFacts {
  readonly libraryVersion: string;
  readonly structSizes: { readonly modelParams: number; readonly contextParams: number; readonly batch: number };
  readonly modelParams: Readonly<Record<string, unknown>>;
  readonly contextParams: Readonly<Record<string, unknown>>;
}

/** @throws StageError `failed_precondition` when the package is not the version whose layouts are known. */
export function checkPackageVersion(platform: Platform, found: string): void {
  if (found === platform.packageVersion) return;
  throw refusal(platform, `package version ${found} was found`);
}

/** @throws StageError `failed_precondition` when the library is not the one whose layouts are known. */
export function checkLayout(platform: Platform, facts: LibraryFacts): void {
  if (facts.libraryVersion !== platform.libraryVersion) {
    throw refusal(platform, `library version ${facts.libraryVersion} was found where ${platform.libraryVersion} is wanted`);
  }
  const differing =
    firstDifference(structSizes, facts.structSizes) ??
    firstDifference(modelParamsDefaults, facts.modelParams) ??
    firstDifference(contextParamsDefaults, facts.contextParams);
  if (differing !== undefined) throw refusal(platform, `its struct layout differs at ${differing}`);
}

function firstDifference(wanted: Readonly<Record<string, unknown>>, found: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(wanted).find((name) => !Object.is(wanted[name], found[name]));
}

function refusal(platform: Platform, why: string): StageError {
  return new StageError(
    "failed_precondition",
    `layout: ${platform.packageName} cannot be used: ${why}; install exactly ${platform.packageName}@${platform.packageVersion}`,
  );
}
