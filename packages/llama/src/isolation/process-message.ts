/** What the process of an engine and its parent say to each other, beside the calls of the backend. */
import type { BackendFacts, Failure } from "@iftk/inferlet/backend-port";
import type { LlamaOptions } from "../llama-options.js";
import type { LogLevel } from "../log.js";

/** The first message to the process. */
export interface EngineOrder {
  readonly options: Omit<LlamaOptions, "signal" | "onProgress" | "onLog">;
  /** Whether the parent listens. */
  readonly tells: { readonly progress: boolean; readonly log: boolean };
}

/** What the process tells. */
export type EngineNews =
  | { readonly news: "progress"; readonly fraction: number }
  | { readonly news: "log"; readonly level: LogLevel; readonly line: string }
  | { readonly news: "opened"; readonly facts: BackendFacts }
  | { readonly news: "refused"; readonly failure: Failure };
