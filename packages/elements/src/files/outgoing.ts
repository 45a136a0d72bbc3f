/** What goes out of the process. */
import type { Writable } from "node:stream";
import { StageError } from "@iftk/core";

/** A stream that somebody reads, or no longer does. */
export class Outgoing {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /**
   * Writes when there is room, and gives whether anybody still reads: a broken pipe is no error.
   *
   * @throws StageError `unavailable` for any other failure.
   */
  async write(data: string | Uint8Array): Promise<boolean> {
    const stream = this.#stream;
    if (stream.destroyed || stream.writableEnded) return false;
    // What fails is told by the callback; without a listener the event would end the process.
    stream.on("error", ignore);
    const error = await new Promise<Error | null | undefined>((resolve) => void stream.write(data, resolve));
    if (!error) {
      stream.off("error", ignore);
      return true;
    }
    if (brokenPipe.has((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw new StageError("unavailable", `the output cannot be written: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`, { reason: "storage", cause: error });
  }
}

const brokenPipe: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "ECONNRESET"]);

function ignore(): void {}
