/** Loads the weights on another thread. */
import { promisify } from "node:util";
import { StageError } from "@iftk/core";
import koffi from "koffi";
import type { Pointer } from "./layout.js";
import type { LlamaLibrary } from "./library.js";
import { hearErrors } from "./log.js";

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Leaves the weights where they are: the model knows its tokens and no more. */
  readonly vocabularyOnly?: boolean;
}

/**
 * Loads a model whose file was checked; nothing of it goes to a GPU.
 *
 * @throws StageError `invalid_argument` with what llama.cpp logged, when it refuses the model; the
 * signal's reason when it was aborted; what `onProgress` throws.
 */
export async function loadModel(library: LlamaLibrary, path: string, { signal, onProgress, vocabularyOnly = false }: LoadOptions): Promise<Pointer> {
  const errors = hearErrors(library);
  let failure: { readonly error: unknown } | undefined;
  const progress = koffi.register(
    (fraction: number): boolean => {
      try {
        onProgress?.(fraction);
      } catch (error) {
        failure ??= { error };
      }
      return failure === undefined && signal?.aborted !== true;
    },
    koffi.pointer(koffi.proto("bool", ["float", "void *"])),
  );
  try {
    const params = library.modelDefaultParams();
    params.n_gpu_layers = 0;
    params.vocab_only = vocabularyOnly;
    params.progress_callback = progress;
    const model = await promisify(library.modelLoadFromFile.async)(path, params);
    if (model !== null && failure === undefined && signal?.aborted !== true) return model;
    if (model !== null) library.modelFree(model);
    if (failure !== undefined) throw failure.error;
    signal?.throwIfAborted();
    throw new StageError("invalid_argument", `model file ${path}: llama.cpp refuses it: ${errors.reason()}`, { reason: "refused" });
  } finally {
    koffi.unregister(progress);
    errors.stop();
  }
}
