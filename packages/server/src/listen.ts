/** A handler at a port of this machine, or at a socket in its file system. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { StageError } from "@iftk/core";
import { Connections } from "./drain-connections.js";
import { drainOf } from "./drain-hook.js";
import { listenError } from "./listen-error.js";
import { toNodeListener } from "./node-listener.js";
import type { NodeListener, NodeListenerOptions } from "./node-listener.js";
import { toUpgradeListener } from "./socket-upgrade.js";
import type { TlsOptions } from "./tls-options.js";
import type { Handler } from "./web-exchange.js";

export interface ListenOptions extends NodeListenerOptions, CloseOptions {
  /** 0 takes any free port; needed without `path`. */
  readonly port?: number;
  /** The address to listen on; `127.0.0.1`, which only this machine reaches, without it. */
  readonly host?: string;
  /** The path of a Unix socket to listen on instead of a port. */
  readonly path?: string;
  /** Encrypts all connections; they speak HTTP/2 where the client knows it. Plain ones do where the client begins so. */
  readonly tls?: TlsOptions;
  /** Puts a listener in front, such as one of Connect: it is given that of the handler, to fall back on. */
  readonly front?: (fallback: NodeListener) => FrontListener;
  /** Closes the server when it fires. */
  readonly signal?: AbortSignal;
  /** Signals of the system on which the server drains, such as SIGTERM. The second one has the effect that it has without this. */
  readonly drainOn?: readonly NodeJS.Signals[];
}

/** A listener in front. One that has `drain` is told when the server begins to go, and refuses calls itself from then on; for others they are refused. */
export type FrontListener = NodeListener & { readonly drain?: () => void | Promise<void> };

export interface CloseOptions {
  /** Milliseconds that what runs may take to end before it is cut; 5000 without it. */
  readonly grace?: number;
}

/** A server that listens. */
export interface Listening extends AsyncDisposable {
  /** Where it is reached, without a slash at the end; `unix:` and the path for a Unix socket. */
  readonly url: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Resolves when the server is closed, by whatever. */
  readonly closed: Promise<void>;
  /** Takes no more connections, refuses new calls on those there are, lets what runs come to its end, and cuts what still runs after the grace. */
  close(options?: CloseOptions): Promise<void>;
  /** The same, but as long as something runs it still takes connections, to tell them that it is going: calls and `/health` are answered with 503. */
  drain(options?: CloseOptions): Promise<void>;
}

/**
 * Serves the handler over HTTP/1.1 and HTTP/2, and its WebSockets, and resolves when connections are taken.
 * Throws StageError `failed_precondition` with reason `port-taken`, `permission_denied` for a port that needs rights,
 * and `invalid_argument` for neither port nor path, and for keys and certificates that cannot be used.
 */
export async function listen(handler: Handler, options: ListenOptions): Promise<Listening> {
  const { tls, signal, onError, front = (fallback) => fallback, drainOn = [], grace: usualGrace = 5000 } = options;
  signal?.throwIfAborted();
  const { createFront } = await import("./listen-protocol.js");
  const hearing = onError ? { onError } : {};
  const connections = new Connections();
  const first: FrontListener = front(connections.refusing(toNodeListener(handler, hearing)));
  const servers = createFront(connections.counting(first.drain ? first : connections.refusing(first)), tls);
  const { server } = servers;
  server.on("upgrade", connections.upgrading(toUpgradeListener(handler, hearing)));
  connections.watch(servers);
  await begin(server, options);
  server.on("error", (error) => onError?.(error));

  let closed = (): void => {};
  const whenClosed = new Promise<void>((resolve) => (closed = resolve));
  let closing: Promise<void> | undefined;
  let hurry = (): void => {};
  const hurried = new Promise<void>((resolve) => (hurry = resolve));

  async function tell(): Promise<void> {
    for (const told of await Promise.allSettled([drainOf(handler)?.(), (async () => first.drain?.())()])) {
      if (told.status === "rejected") onError?.(told.reason);
    }
  }
  async function leave(isTold: boolean): Promise<void> {
    connections.refuse();
    const drained = tell();
    if (isTold) await Promise.race([connections.idle(), hurried]);
    await closeServer(server, connections);
    await drained;
    closed();
  }
  function go({ grace = usualGrace }: CloseOptions = {}, isTold = false): Promise<void> {
    signal?.removeEventListener("abort", onAbort);
    for (const name of drainOn) process.off(name, onSignal);
    if (!isTold) hurry();
    const timer = setTimeout(() => {
      hurry();
      connections.cut();
    }, grace);
    closing ??= leave(isTold);
    return closing.finally(() => clearTimeout(timer));
  }
  const onAbort = (): void => void go();
  const onSignal = (): void => void go({}, true);
  signal?.addEventListener("abort", onAbort, { once: true });
  for (const name of drainOn) process.on(name, onSignal);
  if (signal?.aborted) onAbort();
  const close = (how?: CloseOptions): Promise<void> => go(how);
  return { ...placeOf(server, tls ? "https" : "http"), closed: whenClosed, close, drain: (how) => go(how, true), [Symbol.asyncDispose]: () => close() };
}

async function begin(server: Server, { port, host = "127.0.0.1", path }: ListenOptions): Promise<void> {
  if (path === undefined && port === undefined) throw new StageError("invalid_argument", "listen: give a port, or the path of a Unix socket.");
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, { host, port, path })));
    if (path === undefined) server.listen(port, host, resolve);
    else server.listen(path, resolve);
  });
  server.removeAllListeners("error");
}

async function closeServer(server: Server, connections: Connections): Promise<void> {
  // A connection kept alive counts as idle only after its answer is through.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      connections.cutSilent();
    });
  } finally {
    clearInterval(sweep);
  }
}

/** Where a server is reached; one on all addresses is named by the one that this machine reaches. */
function placeOf(server: Server, scheme: string): { readonly url: string; readonly port: number } {
  const place = server.address() as AddressInfo | string;
  if (typeof place === "string") return { url: `unix:${place}`, port: 0 };
  const { address, family, port } = place;
  const name = address === "0.0.0.0" || address === "::" ? "localhost" : family === "IPv6" ? `[${address}]` : address;
  return { url: `${scheme}://${name}:${port}`, port };
}
