/** HTTP/1.1 and HTTP/2 at one port. */
import { createServer as createHttp1, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttp2, type Http2Server } from "node:http2";
import { createServer as createHttps } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { StageError } from "@iftk/core";
import type { NodeListener } from "./node-listener.js";
import { httpsOptions, type TlsOptions } from "./tls-options.js";

/** The servers behind one port. */
export interface Front {
  /** The one that listens; it serves HTTP/1.1 itself. */
  readonly server: Server;
  /** The one that is given the connections that speak HTTP/2. */
  readonly http2: Http2Server;
  /** The event by which it tells of a connection on which calls may be made. */
  readonly opened: "connection" | "secureConnection";
}

/** Some clients ask with each call whether it may go on in HTTP/2 (RFC 7540, section 3.2); it may, but it goes on as it is. */
const socketsOnly = { shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === "websocket" };

/** Calls that one connection of HTTP/2 may have open. */
const maxConcurrentStreams = 1000;

/** Milliseconds that a connection has for its first bytes. */
const patience = 60_000;

/**
 * Servers that hand each connection to the protocol it speaks: by ALPN where it is encrypted, otherwise by its first bytes.
 * Throws StageError `invalid_argument` for a key or certificate that cannot be used.
 */
export function createFront(listener: NodeListener, tls: TlsOptions | undefined): Front {
  const http2 = createHttp2({ settings: { maxConcurrentStreams } }, listener);
  const server = tls ? createSecure(tls, listener) : createHttp1(socketsOnly, listener);
  const opened = tls ? "secureConnection" : "connection";
  // Node's own listener, put aside: it serves the connections that turn out to speak HTTP/1.1.
  const [serveHttp1] = server.listeners(opened) as ((socket: Socket) => void)[];
  server.removeAllListeners(opened);
  const give = (socket: Socket, isHttp2: boolean): void => {
    if (isHttp2) {
      socket.allowHalfOpen = false; // its session would outlive the client
      http2.emit("connection", socket);
    } else serveHttp1?.call(server, socket);
  };
  if (tls) server.on(opened, (socket: TLSSocket) => (isImpostor(socket) ? socket.destroy() : give(socket, socket.alpnProtocol === "h2")));
  else server.on(opened, (socket: Socket) => peek(socket, give));
  return { server, http2, opened };
}

function createSecure(tls: TlsOptions, listener: NodeListener): Server {
  const options = { ...httpsOptions(tls), ...socketsOnly };
  try {
    return createHttps(options, listener);
  } catch (cause) {
    throw new StageError("invalid_argument", "tls: the key, the certificate or a root cannot be used; give them in the PEM format, and the key of the certificate.", { cause });
  }
}

/** Whether a client shows a certificate of none of the roots, where it need not show any. */
function isImpostor(socket: TLSSocket): boolean {
  return !socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0;
}

/** How every connection of HTTP/2 begins (RFC 9113, section 3.4); no method of HTTP/1.1 begins like it. */
const preface = Buffer.from("PRI");

/** Looks at the first bytes of a connection, which stay to be read. */
function peek(socket: Socket, give: (socket: Socket, isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const leave = (): void => void socket.destroy();
  const stop = (): void => void socket.off("data", onData).off("error", leave).off("timeout", leave).setTimeout(0);
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, preface.length);
    const isSame = preface.compare(seen, 0, length, 0, length) === 0;
    if (isSame && length < preface.length) return;
    stop();
    socket.pause();
    socket.unshift(seen);
    give(socket, isSame);
    if (!isSame) socket.resume(); // a session of HTTP/2 reads for itself what is there
  };
  socket.setTimeout(patience);
  socket.on("data", onData).on("error", leave).on("timeout", leave);
}
