/** What contexts are made with and told. */
import type { AppliedAdapter } from "../backend.js";

export interface ContextOptions {
  /** Under which `Context.lookup` finds it; one of its own without it. */
  readonly name?: string | undefined;
  /** What it begins with: a text, in which control tokens are recognised, or tokens. */
  readonly fill?: string | ArrayLike<number> | undefined;
  /** Adapters that its passes apply. */
  readonly adapters?: readonly AppliedAdapter[] | undefined;
}

export interface FillOptions {
  /** Recognises control tokens written in the text; they are plain text without it. */
  readonly special?: boolean | undefined;
}

export interface FlushOptions {
  /** Aborting it rejects the flush with its reason; the context stays as it was. */
  readonly signal?: AbortSignal | undefined;
}
