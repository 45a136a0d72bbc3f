/** The connection by which a backend is used from another thread or process. */

/** One end of a connection, as a MessagePort of Node is. Messages arrive in order, as structured clones. */
export interface BackendPort {
  /** The buffers may be handed over rather than copied. */
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  /** `close` says that nothing comes any more; a StageError that comes with it says why. */
  on(event: "message" | "messageerror" | "close", listener: (value: unknown) => void): unknown;
  off(event: "message" | "messageerror" | "close", listener: (value: unknown) => void): unknown;
  /** Keeps the process alive; called while answers are waited for. */
  ref?(): void;
  /** Lets the process end. */
  unref?(): void;
}

/** Who listens to a port. */
export interface PortListener {
  readonly hear: (message: unknown) => void;
  /** The other end is gone, or cannot be understood. */
  readonly lose: (reason: unknown) => void;
}

/** Listens until the returned function is called. */
export function listenTo(port: BackendPort, { hear, lose }: PortListener): () => void {
  port.on("message", hear);
  port.on("messageerror", lose);
  port.on("close", lose);
  return () => {
    port.off("message", hear);
    port.off("messageerror", lose);
    port.off("close", lose);
  };
}
