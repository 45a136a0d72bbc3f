/** WebSockets of node:http, for the handlers that take them. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StageError } from "@iftk/core";
import { errorAnswer } from "./error-answer.js";
import type { Answer } from "./exchange.js";
import { AskedByNode } from "./node-request.js";
import { acceptorOf, type SocketAcceptance } from "./socket-acceptor.js";
import type { Handler } from "./web-exchange.js";

/** A listener for the `upgrade` event of a server of node:http. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface UpgradeListenerOptions {
  /** Hears what goes wrong beyond the errors of stages; for logs. */
  readonly onError?: (error: unknown) => void;
}

const ignore = (): void => {};

/**
 * Serves the stages of a handler that `serve` gave to WebSockets: `server.on("upgrade", toUpgradeListener(handler))`.
 * Who may not have a socket is answered in plain HTTP, and so is everyone where the handler takes none.
 */
export function toUpgradeListener(handler: Handler, { onError = ignore }: UpgradeListenerOptions = {}): UpgradeListener {
  const acceptor = acceptorOf(handler);
  return (request, socket, head) => {
    socket.on("error", ignore); // "close" follows
    const begin = async (): Promise<void> => {
      const answer = acceptor ? acceptor(new AskedByNode(request, neverLeaving)) : socketsUnknown();
      if ("accept" in answer) await upgrade(answer, request, socket, head);
      else refuseUpgrade(socket, answer);
    };
    begin().catch((error: unknown) => {
      if (StageError.is(error)) return refuseUpgrade(socket, errorAnswer(error));
      socket.destroy();
      onError(error);
    });
  };
}

/** The answer of a handler that takes no sockets. */
export function socketsUnknown(): Answer {
  return errorAnswer(new StageError("unimplemented", "This server takes no WebSockets.", { reason: "mode" }));
}

const neverLeaving = { hasLeft: false, onLeave: ignore };

async function upgrade(acceptance: SocketAcceptance, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const { openSocket } = await import("./node-socket.js");
  if (!socket.destroyed) openSocket(acceptance, request, socket, head);
}

/** Answers a request for a WebSocket in plain HTTP, and closes the connection. */
export function refuseUpgrade(socket: Duplex, { status, headers, body }: Answer): void {
  const text = typeof body === "string" ? body : "";
  const head = Object.entries({ ...headers, connection: "close", "content-length": String(Buffer.byteLength(text)) });
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reasonOf(status)}\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${text}`);
}

/** The reason phrase may be empty (RFC 9112, section 4). */
function reasonOf(status: number): string {
  return status === 401 ? "Unauthorized" : status === 403 ? "Forbidden" : status === 404 ? "Not Found" : "";
}
