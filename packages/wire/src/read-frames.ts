/** Frames from the bytes of an event stream. */
import { readyStream, StageError } from "@iftk/core";
import type { Batch, Stream } from "@iftk/core";
import type { ErrorFields } from "./error-frame.js";
import type { Frame } from "./frame.js";
import { sseReader } from "./sse-reader.js";
import type { SseEvent, SseReaderOptions } from "./sse-reader.js";

/**
 * The frames of one run, all that came in one piece of the bytes at once. The last is an `end` or an `error`;
 * what comes after it is not read, and comments are no frames.
 * Throws StageError `unavailable` with reason `truncated` where the bytes end without such a mark,
 * `internal` with reason `malformed` where an event is no frame, `resource_exhausted` where one is too large,
 * `unimplemented` where the frame is of a kind that this version does not know.
 */
export function readFrames(bytes: Stream<Uint8Array>, options?: SseReaderOptions): Stream<Frame> {
  return readyStream(() => frameReader(bytes, options));
}

/** The frames of one run, read in batches: it is a ReadyReader. */
export interface FrameReader {
  /** The frames that came in one piece of the bytes, undefined at the end. */
  read(): Promise<Batch<Frame>>;
  /** Closes the bytes. */
  close(): Promise<void>;
}

/** Opens the frames of one run for reading in batches, as `readFrames` gives and throws. */
export function frameReader(bytes: Stream<Uint8Array>, options?: SseReaderOptions): FrameReader {
  const pieces: AsyncIterator<Uint8Array, unknown> = bytes[Symbol.asyncIterator]();
  const reader = sseReader(options);
  /** Throws what comes after the frames that were given; or only says that there is nothing more. */
  let rest: (() => undefined) | undefined;

  async function finish(frames: readonly Frame[], then: () => undefined): Promise<Batch<Frame>> {
    rest = then;
    await pieces.return?.();
    return frames.length > 0 ? frames : then();
  }

  return {
    async read() {
      while (!rest) {
        const piece = await pieces.next();
        if (piece.done) throw new StageError("unavailable", "The connection ended before the stream did.", { reason: "truncated" });
        const frames: Frame[] = [];
        try {
          for (const event of reader.push(piece.value)) {
            const frame = toFrame(event);
            frames.push(frame);
            if (frame.kind !== "value") return await finish(frames, () => undefined);
          }
        } catch (error) {
          return finish(frames, () => {
            throw error;
          });
        }
        if (frames.length > 0) return frames;
      }
      return rest();
    },
    async close() {
      await pieces.return?.();
    },
  };
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
