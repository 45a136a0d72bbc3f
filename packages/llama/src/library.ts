/** llama.cpp's C functions. The library is loaded once, when it is first asked for. */
import { join } from "node:path";
import { StageError } from "@iftk/core";
import koffi, { type KoffiFunc, type LibraryHandle, type TypeObject } from "koffi";
import { batchFields, checkLayout, checkPackageVersion, type ContextParams, contextParamsFields, type ModelParams, modelParamsFields, type NativeBatch, type Pointer } from "./layout.js";
import { findPackage, type InstalledPackage, type Platform, platformOf } from "./platform.js";

/** The functions that the backend calls, named as in llama.h without the prefix. */
export interface LlamaLibrary {
  /** What the library says that it is. */
  readonly version: string;
  readonly modelDefaultParams: () => ModelParams;
  readonly modelLoadFromFile: KoffiFunc<(path: string, params: ModelParams) => Pointer>;
  readonly modelFree: KoffiFunc<(model: Pointer) => void>;
  readonly modelGetVocab: (model: Pointer) => Pointer;
  readonly modelHasEncoder: (model: Pointer) => boolean;
  readonly modelIsRecurrent: (model: Pointer) => boolean;
  readonly modelIsHybrid: (model: Pointer) => boolean;
  readonly modelIsDiffusion: (model: Pointer) => boolean;
  readonly modelNEmbdOut: (model: Pointer) => number;
  readonly modelNSwa: (model: Pointer) => number;
  readonly vocabNTokens: (vocab: Pointer) => number;
  readonly vocabBos: (vocab: Pointer) => number;
  readonly vocabEos: (vocab: Pointer) => number;
  readonly vocabEot: (vocab: Pointer) => number;
  readonly vocabIsEog: (vocab: Pointer, token: number) => boolean;
  readonly tokenize: (vocab: Pointer, text: Uint8Array, textLength: number, tokens: Int32Array, capacity: number, addSpecial: boolean, parseSpecial: boolean) => number;
  readonly tokenToPiece: (vocab: Pointer, token: number, piece: Uint8Array, capacity: number, leadingSpaces: number, special: boolean) => number;
  readonly contextDefaultParams: () => ContextParams;
  readonly initFromModel: KoffiFunc<(model: Pointer, params: ContextParams) => Pointer>;
  readonly free: (context: Pointer) => void;
  readonly nCtx: (context: Pointer) => number;
  readonly setAbortCallback: (context: Pointer, callback: Pointer, data: Pointer) => void;
  readonly getMemory: (context: Pointer) => Pointer;
  readonly memorySeqCp: (memory: Pointer, from: number, to: number, start: number, end: number) => void;
  readonly memorySeqRm: (memory: Pointer, sequence: number, start: number, end: number) => boolean;
  readonly memorySeqAdd: (memory: Pointer, sequence: number, start: number, end: number, distance: number) => void;
  readonly memorySeqPosMin: (memory: Pointer, sequence: number) => number;
  readonly memorySeqPosMax: (memory: Pointer, sequence: number) => number;
  readonly memoryCanShift: (memory: Pointer) => boolean;
  readonly stateSeqGetSize: KoffiFunc<(context: Pointer, sequence: number) => number>;
  readonly stateSeqGetData: KoffiFunc<(context: Pointer, data: Pointer, size: number, sequence: number) => number>;
  readonly stateSeqSetData: KoffiFunc<(context: Pointer, data: Pointer, size: number, sequence: number) => number>;
  readonly adapterLoraInit: KoffiFunc<(model: Pointer, path: string) => Pointer>;
  readonly adapterLoraFree: (adapter: Pointer) => void;
  readonly setAdaptersLora: (context: Pointer, adapters: BigUint64Array, count: number, scales: Float32Array) => number;
  readonly decode: KoffiFunc<(context: Pointer, batch: NativeBatch) => number>;
  readonly getLogitsIth: (context: Pointer, row: number) => Pointer;
  readonly setEmbeddings: (context: Pointer, wanted: boolean) => void;
  readonly getEmbeddingsIth: (context: Pointer, row: number) => Pointer;
  readonly logSet: (callback: Pointer, data: Pointer) => void;
  /** C functions of the system that stand in for callbacks, so that no JavaScript runs on the library's threads. */
  readonly system: {
    /** As an abort callback over a byte: stops when it is not zero. */
    readonly strlen: Pointer;
    /** As a log callback: does nothing. */
    readonly abs: Pointer;
  };
}

let library: LlamaLibrary | undefined;

/**
 * The library for this machine.
 *
 * @throws StageError `unimplemented` when there is none for this platform; `failed_precondition` when
 * the package is missing, is not the version whose struct layouts are known, or cannot be loaded.
 */
export function llamaLibrary(): LlamaLibrary {
  library ??= load(platformOf(process.platform, process.arch));
  return library;
}

function load(platform: Platform): LlamaLibrary {
  const installed = findPackage(platform);
  checkPackageVersion(platform, installed.version);
  roomForDeepCalls();
  try {
    return declare(platform, installed);
  } catch (cause) {
    if (StageError.is(cause)) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("failed_precondition", `library: ${platform.packageName}@${installed.version} cannot be loaded: ${detail}`, { cause });
  }
}

/** Native code runs on stacks that koffi allocates; its regular expressions recurse with the text. */
function roomForDeepCalls(): void {
  const mebibyte = 1024 * 1024;
  try {
    koffi.config({ sync_stack_size: 16 * mebibyte, async_stack_size: 8 * mebibyte, resident_async_pools: 2 });
  } catch {
    // Another user of koffi has loaded a library already, and with it settled the sizes.
  }
}

function declare(platform: Platform, installed: InstalledPackage): LlamaLibrary {
  const open = (name: string, global: boolean): LibraryHandle => koffi.load(join(installed.folder, name), { global });
  open(platform.libraries.ggmlBase, true);
  const ggml = open(platform.libraries.ggml, true);
  const llama = open(platform.libraries.llama, false);
  const system = koffi.load(platform.systemLibrary);

  const modelParams = koffi.struct(modelParamsFields);
  const contextParams = koffi.struct(contextParamsFields);
  const batch = koffi.struct(batchFields);
  const pointer = "void *";
  type Type = string | TypeObject;
  const bind = <T extends (...values: never[]) => unknown>(name: string, result: Type, parameters: Type[]) =>
    llama.func(`llama_${name}`, result, parameters) as unknown as KoffiFunc<T>;

  const modelDefaultParams = bind<LlamaLibrary["modelDefaultParams"]>("model_default_params", modelParams, []);
  const contextDefaultParams = bind<LlamaLibrary["contextDefaultParams"]>("context_default_params", contextParams, []);
  const version = bind<() => string>("version", "str", [])();
  checkLayout(platform, {
    libraryVersion: version,
    structSizes: { modelParams: koffi.sizeof(modelParams), contextParams: koffi.sizeof(contextParams), batch: koffi.sizeof(batch) },
    modelParams: modelDefaultParams(),
    contextParams: contextDefaultParams(),
  });

  const library: LlamaLibrary = {
    version,
    modelDefaultParams,
    contextDefaultParams,
    modelLoadFromFile: bind("model_load_from_file", pointer, ["str", modelParams]),
    modelFree: bind("model_free", "void", [pointer]),
    modelGetVocab: bind("model_get_vocab", pointer, [pointer]),
    modelHasEncoder: bind("model_has_encoder", "bool", [pointer]),
    modelIsRecurrent: bind("model_is_recurrent", "bool", [pointer]),
    modelIsHybrid: bind("model_is_hybrid", "bool", [pointer]),
    modelIsDiffusion: bind("model_is_diffusion", "bool", [pointer]),
    modelNEmbdOut: bind("model_n_embd_out", "int32", [pointer]),
    modelNSwa: bind("model_n_swa", "int32", [pointer]),
    vocabNTokens: bind("vocab_n_tokens", "int32", [pointer]),
    vocabBos: bind("vocab_bos", "int32", [pointer]),
    vocabEos: bind("vocab_eos", "int32", [pointer]),
    vocabEot: bind("vocab_eot", "int32", [pointer]),
    vocabIsEog: bind("vocab_is_eog", "bool", [pointer, "int32"]),
    tokenize: bind("tokenize", "int32", [pointer, pointer, "int32", pointer, "int32", "bool", "bool"]),
    tokenToPiece: bind("token_to_piece", "int32", [pointer, "int32", pointer, "int32", "int32", "bool"]),
    initFromModel: bind("init_from_model", pointer, [pointer, contextParams]),
    free: bind("free", "void", [pointer]),
    nCtx: bind("n_ctx", "uint32", [pointer]),
    setAbortCallback: bind("set_abort_callback", "void", [pointer, pointer, pointer]),
    getMemory: bind("get_memory", pointer, [pointer]),
    memorySeqCp: bind("memory_seq_cp", "void", [pointer, "int32", "int32", "int32", "int32"]),
    memorySeqRm: bind("memory_seq_rm", "bool", [pointer, "int32", "int32", "int32"]),
    memorySeqAdd: bind("memory_seq_add", "void", [pointer, "int32", "int32", "int32", "int32"]),
    memorySeqPosMin: bind("memory_seq_pos_min", "int32", [pointer, "int32"]),
    memorySeqPosMax: bind("memory_seq_pos_max", "int32", [pointer, "int32"]),
    memoryCanShift: bind("memory_can_shift", "bool", [pointer]),
    stateSeqGetSize: bind("state_seq_get_size", "size_t", [pointer, "int32"]),
    stateSeqGetData: bind("state_seq_get_data", "size_t", [pointer, pointer, "size_t", "int32"]),
    stateSeqSetData: bind("state_seq_set_data", "size_t", [pointer, pointer, "size_t", "int32"]),
    adapterLoraInit: bind("adapter_lora_init", pointer, [pointer, "str"]),
    adapterLoraFree: bind("adapter_lora_free", "void", [pointer]),
    setAdaptersLora: bind("set_adapters_lora", "int32", [pointer, pointer, "size_t", pointer]),
    decode: bind("decode", "int32", [pointer, batch]),
    getLogitsIth: bind("get_logits_ith", pointer, [pointer, "int32"]),
    setEmbeddings: bind("set_embeddings", "void", [pointer, "bool"]),
    getEmbeddingsIth: bind("get_embeddings_ith", pointer, [pointer, "int32"]),
    logSet: bind("log_set", "void", [pointer, pointer]),
    system: { strlen: koffi.address(system.symbol("strlen")), abs: koffi.address(system.symbol("abs")) },
  };

  library.logSet(library.system.abs, null);
  const isLoadedElsewhere = Number(ggml.func("ggml_backend_reg_count", "size_t", [])()) > 0;
  if (!isLoadedElsewhere) ggml.func("ggml_backend_load_all_from_path", "void", ["str"])(installed.folder);
  bind("backend_init", "void", [])();
  return library;
}
