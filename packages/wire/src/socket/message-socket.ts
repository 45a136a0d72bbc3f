/** Sockets that carry whole messages, whatever their API. */
import type { StageError } from "@iftk/core";

/** What frames travel over: one end of a WebSocket that is open. */
export interface MessageSocket {
  /** Sends a message of text or bytes; one that can no longer be sent is dropped. */
  send(message: string | Uint8Array): void;
  /** A promise where the connection takes no more for now; undefined where it does, or where nobody can tell. */
  drained?(): Promise<void> | undefined;
  /** Ends the connection once what was sent is through. */
  close(): void;
}

/** Who hears the messages of a socket. */
export interface SocketHearer {
  hear(message: string | Uint8Array): void;
  /** The socket has closed or begins to, from whichever end; it may be told more than once. */
  lose(): void;
  /** The connection must be given up for the error. */
  fail(error: StageError): void;
}
