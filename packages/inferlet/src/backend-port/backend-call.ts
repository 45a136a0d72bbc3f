/** What the two ends of a backend's port say to each other. */
import type { AdapterSource, Backend, ForwardRows, RowsOptions } from "../backend.js";
import type { Failure } from "./failure.js";

/** What a backend is, beside what it does. */
export type BackendFacts = Pick<Backend, "name" | "vocabularySize" | "embeddingSize" | "capabilities" | "contextSize" | "maximumSequences" | "specialTokens" | "chatTemplate">;

/** What is known of tokens without asking the other end. */
export type BackendVocabulary = Pick<Backend, "tokenize" | "tokenBytes" | "isEndOfGeneration">;

/** Reads the facts of a backend, as plain data. */
export function factsOf({ name, vocabularySize, embeddingSize, capabilities, contextSize, maximumSequences, specialTokens, chatTemplate }: Backend): BackendFacts {
  const { attention, discard, adapters } = capabilities;
  const { begin, end } = specialTokens;
  return { name, vocabularySize, embeddingSize, capabilities: { attention, discard, adapters }, contextSize, maximumSequences, specialTokens: { begin, end }, chatTemplate };
}

/** A pass; numbers are as the caller gave them, for the backend to check. */
export interface PassRequest {
  readonly sequence: number;
  readonly tokens: Float64Array;
  /** By their numbers. */
  readonly adapters?: readonly { readonly adapter: number; readonly scale: number }[] | undefined;
}

/** What can be asked of the other end, and what it answers. The asking end numbers sequences and adapters. */
export interface BackendCalls {
  open: { ask: { readonly sequence: number }; answer: void };
  fork: { ask: { readonly sequence: number; readonly of: number }; answer: void };
  /** Gives the length. */
  restore: { ask: { readonly sequence: number; readonly state: Uint8Array }; answer: number };
  forward: { ask: PassRequest; answer: Float32Array };
  rows: { ask: PassRequest & Pick<RowsOptions, "rows" | "want" | "positions" | "attention">; answer: ForwardRows };
  /** Leaves a sequence that is shorter as it is. */
  trim: { ask: { readonly sequence: number; readonly length: number }; answer: void };
  discard: { ask: { readonly sequence: number; readonly start: number; readonly end: number }; answer: void };
  save: { ask: { readonly sequence: number }; answer: Uint8Array };
  release: { ask: { readonly sequence: number }; answer: void };
  loadAdapter: { ask: { readonly adapter: number; readonly source: AdapterSource }; answer: string };
  releaseAdapter: { ask: { readonly adapter: number }; answer: void };
  /** Aborts a call that waits. */
  abort: { ask: { readonly of: number }; answer: void };
  close: { ask: object; answer: void };
}

export type CallKind = keyof BackendCalls;

/** A call, by its number. */
export type Request = { [Kind in CallKind]: { readonly kind: Kind; readonly call: number; readonly isAbortable: boolean; readonly ask: BackendCalls[Kind]["ask"] } }[CallKind];

export type Answer = { readonly call: number; readonly value: unknown } | { readonly call: number; readonly failure: Failure };

/** Counts of the backend, of whose gauges the asking end knows its own part. */
export interface SharedStatistics {
  readonly decodes: number;
  readonly tokens: number;
  /** Sequences and passes of others. */
  readonly otherSequences: number;
  readonly otherPending: number;
}

/** Requests that are made in one turn of the event loop. */
export interface RequestsMessage {
  readonly requests: readonly Request[];
}

export interface AnswersMessage {
  readonly answers: readonly Answer[];
  readonly statistics: SharedStatistics;
}
