/** Loads the weights on another thread. */
import { promisify } from "node:util";
import { StageError } from "@iftk/core";
import koffi from "koffi";
import type { Pointer } from "./layout.js";
import type { LlamaLibrary } from "./library.js";
import { listenToLog } from "./log.js";

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/**
 * Loads a model whose file was checked; nothing of it goes to a GPU.
 *
 * @throws StageError `invalid_argument` with what llama.cpp logged, when it refuses the model; the
 * signal's reason when it was aborted; what `onProgress` throws.
 */
export async function loadModel(library: LlamaLibrary, path: string, { signal, onProgress }: LoadOptions): Promise<Pointer> {
  const errors: string[] = [];
  const stopListening = listenToLog(library, (level, line) => {
    if (level === "error" && errors.length < 10) errors.push(line);
  });
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
    params.progress_callback = progress;
    const model = await promisify(library.modelLoadFromFile.async)(path, params);
    if (model !== null && failure === undefined && signal?.aborted !== true) return model;
    if (model !== null) library.modelFree(model);
    if (failure !== undefined) throw failure.error;
    signal?.throwIfAborted();
    throw new StageError("invalid_argument", `model file ${path}: llama.cpp refuses it: ${reasonOf(errors)}`, { reason: "refused" });
  } finally {
    koffi.unregister(progress);
    stopListening();
  }
}

/** The first line that says why; those after it only say that it failed. */
function reasonOf(errors: readonly string[]): string {
  return (errors[0] ?? "no reason was given").replace(/^\w+: /, "").replace(/^error loading model: /, "");
}
