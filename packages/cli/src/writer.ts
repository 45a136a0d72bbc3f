/** Writing to an output that may be slow, and may go away. */
import type { HostOutput } from "./host.js";

export interface Writer {
  /** Resolves when more may be written, and rejects when nothing more can be. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Resolves when all that was written is out, and rejects when it cannot be. */
  flush(): Promise<void>;
  /** Stops listening to the output. */
  close(): void;
}

/** A writer to the output; `onBroken` is told once when its reader has left or it fails. */
export function createWriter(output: HostOutput, onBroken: (error: Error) => void): Writer {
  let failure: Error | undefined;
  const onError = (error: Error): void => {
    if (failure) return;
    failure = error;
    onBroken(error);
  };
  output.on("error", onError);
  return {
    write(chunk) {
      if (failure) return Promise.reject(failure);
      if (chunk.length === 0) return Promise.resolve();
      if (output.write(chunk)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          for (const name of ["drain", "error", "close"]) output.off(name, settle);
          if (failure) reject(failure);
          else resolve();
        };
        for (const name of ["drain", "error", "close"]) output.on(name, settle);
      });
    },
    flush: () =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure);
        else if (output.destroyed || output.writableEnded) resolve();
        else output.write("", (error) => (error ? reject(error) : resolve()));
      }),
    close: () => void output.off("error", onError),
  };
}

/** Whether an output failed because its reader has left. */
export function isBrokenPipe(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ECONNRESET";
}
