/** A handler on a port of this machine. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { StageError } from "@iftk/core";
import { toNodeListener } from "./node-listener.js";
import type { NodeListenerOptions } from "./node-listener.js";
import type { Handler } from "./web-exchange.js";

export interface ListenOptions extends NodeListenerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on; `127.0.0.1`, which only this machine reaches, without it. */
  readonly host?: string;
  /** Closes the server when it fires. */
  readonly signal?: AbortSignal;
}

export interface CloseOptions {
  /** Milliseconds that running answers may take to end before they are cut; 5000 without it. */
  readonly grace?: number;
}

/** A server that listens. */
export interface Listening extends AsyncDisposable {
  /** Where it is reached, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets the answers that run come to their end, and cuts those that are still running after the grace. */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Listens with node:http and resolves when connections are taken.
 * Throws StageError `failed_precondition` with reason `port-taken`, and `permission_denied` for a port that needs rights.
 */
export async function listen(handler: Handler, { port, host = "127.0.0.1", signal, onError }: ListenOptions): Promise<Listening> {
  signal?.throwIfAborted();
  const { createServer } = await import("node:http");
  const server = createServer(toNodeListener(handler, onError ? { onError } : {}));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  server.removeAllListeners("error");
  server.on("error", (error) => onError?.(error));
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = ({ grace = 5000 }: CloseOptions = {}): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    return (closing ??= drain(server, grace));
  };
  const onAbort = (): void => void close();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return { url: `http://${nameOf(address)}:${address.port}`, port: address.port, close, [Symbol.asyncDispose]: () => close() };
}

async function drain(server: Server, grace: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  server.prependListener("request", (_incoming, outgoing) => outgoing.setHeader("connection", "close"));
  // A connection kept alive counts as idle only after its answer is through.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(timer);
    clearInterval(sweep);
  }
}

/** The address as a URL names it; a server on all addresses is named by the one that this machine reaches. */
function nameOf({ address, family }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return "localhost";
  return family === "IPv6" ? `[${address}]` : address;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): StageError {
  if (error.code === "EADDRINUSE") {
    const other = port < 65_535 ? port + 1 : port - 1;
    return new StageError(
      "failed_precondition",
      `Port ${port} on ${host} is taken by another program. Choose another port, such as PORT=${other}, or PORT=0 for any that is free.`,
      { reason: "port-taken", cause: error },
    );
  }
  if (error.code === "EACCES") {
    return new StageError("permission_denied", `Port ${port} on ${host} needs rights that this program lacks. Choose a port above 1023, such as PORT=3000.`, { cause: error });
  }
  return new StageError("unavailable", `The server cannot listen on ${host}:${port}.`, { reason: error.code, cause: error });
}
