/** What a stage gives as a message. */
import { StageError } from "@iftk/core";
import type { MessageCodec } from "@iftk/protobuf";
import type { Message } from "@bufbuild/protobuf";

/** The message of a value. Throws StageError `internal` with reason `not-serializable` for one that the method cannot carry. */
export function resultMessage(codec: MessageCodec, value: unknown): Message {
  try {
    return codec.toMessage(value);
  } catch (cause) {
    throw new StageError("internal", `The stage gave a value that the method cannot carry. ${StageError.from(cause).message}`, { reason: "not-serializable", cause });
  }
}
