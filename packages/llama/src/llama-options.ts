/** What a model is opened with, and what stands for what is left out. */
import { availableParallelism } from "node:os";
import { StageError } from "@iftk/core";
import type { LogListener } from "./log.js";
import type { ModelFile } from "./model-file.js";

/** Type of a number among keys and values. */
export type CellType = "f16" | "f32";

export interface LlamaOptions {
  /** Path of a GGUF file. */
  readonly modelPath: string;
  /** Tokens that one sequence may hold; what the model was trained for is the limit, 8192 the default. */
  readonly contextSize?: number | undefined;
  /** Sequences that may be open at once, 1 to 255; 64 by default. */
  readonly maximumSequences?: number | undefined;
  /**
   * Tokens that all open sequences may hold together, where forks share what they have in common.
   * By default enough for eight full sequences, or for fewer when that would take more than a gibibyte.
   */
  readonly cells?: number | undefined;
  /** How the keys and values are kept and used: as halves, or as whole floats, which take twice the memory and more time; `f16` by default. */
  readonly cellType?: CellType | undefined;
  /** Tokens that one forward pass takes at most, 8 to 4096; 512 by default. */
  readonly batchSize?: number | undefined;
  /** Threads of a forward pass; one for a small model, else one less than there are processors, at most eight. */
  readonly threads?: number | undefined;
  /** Aborting it while the model loads rejects with its reason; a model that is open is closed with `close`. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the fraction that is loaded, from 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Called with each line that llama.cpp logs, of this model or another one in the process; by default the log is silent. */
  readonly onLog?: LogListener | undefined;
}

export interface ResolvedOptions {
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly cells: number;
  readonly cellType: CellType;
  readonly batchSize: number;
  readonly threads: number;
}

const elementBytes: Readonly<Record<CellType, number>> = { f16: 2, f32: 4 };
const gibibyte = 2 ** 30;
/** Below this size of the weights a second thread costs more than it gives. */
const smallModelBytes = 64 * 2 ** 20;

/** @throws StageError `invalid_argument` for a number that is out of its range. */
export function checkOptions({ modelPath, contextSize, maximumSequences, cells, cellType, batchSize, threads }: LlamaOptions): void {
  if (typeof modelPath !== "string" || modelPath === "") throw new StageError("invalid_argument", "modelPath: expected the path of a GGUF file");
  checkInteger("contextSize", contextSize, 1, 2 ** 31 - 1);
  checkInteger("maximumSequences", maximumSequences, 1, 255);
  checkInteger("cells", cells, 1, 2 ** 31 - 1);
  if (cellType !== undefined && !Object.hasOwn(elementBytes, cellType)) throw new StageError("invalid_argument", `cellType: ${cellType as string} is neither f16 nor f32`);
  checkInteger("batchSize", batchSize, 8, 4096);
  checkInteger("threads", threads, 1, 256);
}

/** Fills in what was left out, fitting the model. */
export function resolveOptions(options: LlamaOptions, model: ModelFile): ResolvedOptions {
  const contextSize = Math.min(options.contextSize ?? 8192, model.contextLength, options.cells ?? Infinity);
  const cellType = options.cellType ?? "f16";
  const affordable = Math.floor(gibibyte / (model.cellElements * elementBytes[cellType]));
  return {
    contextSize,
    maximumSequences: options.maximumSequences ?? 64,
    cells: options.cells ?? Math.max(contextSize, Math.min(8 * contextSize, affordable)),
    cellType,
    batchSize: options.batchSize ?? 512,
    threads: options.threads ?? (model.tensorBytes < smallModelBytes ? 1 : Math.max(1, Math.min(8, availableParallelism() - 1))),
  };
}

function checkInteger(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new StageError("invalid_argument", `${name}: ${String(value)} is not a whole number from ${least} to ${most}`);
}
