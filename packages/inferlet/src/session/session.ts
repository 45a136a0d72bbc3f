/** What a program has of the one who runs it. */
import type { Stream } from "@iftk/core";
import type { FileMessage } from "./file-message.js";
import type { Runtime } from "./runtime.js";

/** What a file is beside its bytes. */
export type FileOptions = Omit<FileMessage, "type" | "bytes">;

/**
 * Both ends of a conversation: what comes is received, or iterated over, and what goes is sent.
 *
 * Iteration gives the messages that are no files; leaving the loop leaves the rest to be received.
 */
export interface Session<In = unknown, Out = unknown> extends Stream<Exclude<In, FileMessage>> {
  /**
   * Sends a message; resolves when its reader has taken it and asks for more. It may be left unawaited.
   *
   * @throws StageError `failed_precondition` with reason `closed` once the program is over, `resource_exhausted` when
   * 1024 messages already wait, and the reason of the signal when the reader has left.
   */
  send(message: Out): Promise<void>;
  /**
   * The next message, or undefined when no more comes, be it that the program has returned meanwhile.
   *
   * @throws what the input fails with, the reason of the signal, StageError `resource_exhausted` when 16 files came before it
   * and were not received.
   */
  receive(): Promise<Exclude<In, FileMessage> | undefined>;
  /**
   * Sends a file, as `send` does; files are among the messages that the type of the session names.
   *
   * @throws StageError `invalid_argument` with reason `too-large`; what `send` throws.
   */
  sendFile(this: FileMessage extends Out ? Session<In, Out> : never, bytes: Uint8Array, options?: FileOptions): Promise<void>;
  /**
   * The next file, or undefined when no more comes.
   *
   * @throws StageError `invalid_argument` with reason `too-large`; what `receive` throws.
   */
  receiveFile(this: FileMessage extends In ? Session<In, Out> : never): Promise<FileMessage | undefined>;
  /** Fires when whoever runs the program aborts it or reads no more. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch after which the caller no longer waits. */
  readonly deadline: number | undefined;
  /**
   * What spawned the program.
   *
   * @throws StageError `failed_precondition` where it runs as a plain stage.
   */
  readonly runtime: Runtime;
}
