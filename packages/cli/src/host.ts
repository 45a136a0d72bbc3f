/** What a command has around it: a terminal, or what a test puts in its place. */
import type { Readable, Writable } from "node:stream";

/** Where a command writes; on a terminal it knows its width and height. */
export type HostOutput = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined; readonly rows?: number | undefined };

export interface Host {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: HostOutput;
  readonly stderr: HostOutput;
  readonly env: Readonly<Partial<Record<string, string>>>;
  /** Stops the command. */
  readonly signal: AbortSignal;
  /** Has the listener hear of Ctrl-C in place of the signal, until the function that it gives is called. */
  readonly onInterrupt?: (listener: () => void) => () => void;
}
