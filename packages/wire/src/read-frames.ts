/** Frames from the bytes of an event stream. */
import { StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import type { ErrorFields } from "./error-frame.js";
import type { Frame } from "./frame.js";
import { sseReader } from "./sse-reader.js";
import type { SseEvent, SseReaderOptions } from "./sse-reader.js";

/**
 * The frames of one run. The last is an `end` or an `error`; what comes after it is not read, and comments are no frames.
 * Throws StageError `unavailable` with reason `truncated` where the bytes end without such a mark,
 * `internal` with reason `malformed` where an event is no frame, `resource_exhausted` where one is too large,
 * `unimplemented` where the frame is of a kind that this version does not know.
 */
export async function* readFrames(bytes: Stream<Uint8Array>, options?: SseReaderOptions): AsyncGenerator<Frame, undefined, undefined> {
  const reader = sseReader(options);
  for await (const chunk of bytes) {
    for (const event of reader.push(chunk)) {
      const frame = toFrame(event);
      yield frame;
      if (frame.kind !== "value") return undefined;
    }
  }
  throw new StageError("unavailable", "The connection ended before the stream did.", { reason: "truncated" });
}

function toFrame({ type, data, lastEventId }: SseEvent): Frame {
  const id = Number(lastEventId) || 0;
  if (type === "message") return { kind: "value", id, value: parse(data) };
  if (type === "end") return { kind: "end", id };
  if (type === "error") return { kind: "error", id, error: Object(parse(data)) as ErrorFields };
  // A kind that is skipped could have taken back what came before it.
  throw new StageError("unimplemented", `The server sent a frame of the unknown kind ${JSON.stringify(type.slice(0, 64))}.`);
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new StageError("internal", "The server sent a frame that is not JSON.", { reason: "malformed", cause });
  }
}
