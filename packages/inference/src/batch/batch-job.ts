/** Many chats at once: what is asked, what comes of it, and what a provider's batch API gives. */
import type { OutputStream, StageError, Unary } from "@iftk/core";
import type { ChatRequest } from "../chat.js";
import type { Reply } from "../text.js";

/** One chat of a batch. */
export interface BatchItem {
  /** By which its result is known: 1 to 64 letters, digits, `_` and `-`, another for each item. */
  readonly id: string;
  readonly request: ChatRequest;
}

/** What came of one item: a reply, or why there is none. */
export type BatchResult =
  | { readonly type: "result"; readonly id: string; readonly reply: Reply; readonly error?: undefined }
  | { readonly type: "result"; readonly id: string; readonly error: StageError; readonly reply?: undefined };

/** How far it is. */
export interface BatchProgress {
  readonly type: "progress";
  /** Items that are known of. */
  readonly total: number;
  /** Of these, those whose result is there. */
  readonly done: number;
  /** Of the done ones, those that failed. */
  readonly failed: number;
  /** The provider's name of the batch that this tells of, by which it can be read later or cancelled. */
  readonly batch?: string;
}

/** One piece of the answer to many chats. Results come as they are there, not in the order of the items. */
export type BatchPart = BatchProgress | BatchResult;

/** How a provider's batch stands. */
export interface BatchStatus {
  readonly id: string;
  /** Results can be read when it has ended, which it also does when it is cancelled or expires. */
  readonly state: "running" | "canceling" | "ended";
  /** The provider's own word. */
  readonly raw: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/** The batch API of a provider, for one model. A batch is the provider's: it goes on when nobody reads it. */
export interface BatchJobs {
  /** Items that one batch may have. */
  readonly mostItems: number;
  /** Throws the StageError for an item that cannot be sent. */
  check(item: BatchItem): void;
  /** Sends the items and gives the batch. Rejects as `check` throws, and for two items with one id; then nothing is sent. */
  readonly submit: Unary<readonly BatchItem[], { readonly id: string }>;
  readonly status: Unary<string, BatchStatus>;
  /** The results of a batch that has ended; an item that failed is among them with its error. */
  readonly results: OutputStream<string, BatchResult>;
  /** Asks for the end of a batch; what is done by then is kept. */
  readonly cancel: Unary<string, void>;
}
