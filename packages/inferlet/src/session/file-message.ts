/** Bytes on their way through a session. */
import { StageError } from "@iftk/core";

/** A file among the messages of a session: whatever has this shape is one, on either side of a wire. */
export interface FileMessage {
  readonly type: "file";
  readonly bytes: Uint8Array;
  readonly name?: string;
  readonly mediaType?: string;
}

/** Whether a message is a file. */
export function isFileMessage(message: unknown): message is FileMessage {
  const { type, bytes } = Object(message) as Partial<FileMessage>;
  return type === "file" && bytes instanceof Uint8Array;
}

/**
 * The file, when it is not larger than so many bytes.
 *
 * @throws StageError `invalid_argument` with reason `too-large`.
 */
export function checkSize(file: FileMessage, maxBytes: number): FileMessage {
  if (file.bytes.byteLength <= maxBytes) return file;
  throw new StageError("invalid_argument", `session: a file of ${file.bytes.byteLength} bytes is larger than the ${maxBytes} that it takes; raise maxFileBytes, or cut the file up`, { reason: "too-large" });
}
