/** WebSockets of the Web standard as the sockets that runs speak over: those that Deno and edge workers open. */
import type { MessageSocket, SocketHearer } from "@iftk/wire/socket";
import { acceptorOf, type SocketAcceptance } from "./socket-acceptor.js";
import { socketsUnknown } from "./socket-upgrade.js";
import { askedByWeb, toWebResponse, type Handler } from "./web-exchange.js";

/** What is needed of a WebSocket that a runtime has opened for a request. */
export interface StandardWebSocket {
  binaryType: string;
  readonly readyState: number;
  addEventListener(type: never, listener: never): void;
  send(message: string | Uint8Array): void;
  close(code?: number): void;
}

/**
 * What becomes of a request for a WebSocket, for runtimes other than Node: a response that refuses it,
 * or a function for the socket that the runtime opens with the subprotocol `iftk.v1`.
 */
export function acceptWebSocket(handler: Handler, request: Request): Response | ((socket: StandardWebSocket) => void) {
  const acceptor = acceptorOf(handler);
  const answer = acceptor ? acceptor(askedByWeb(request)) : socketsUnknown();
  return "accept" in answer ? (socket) => hearSocket(socket, answer) : toWebResponse(answer);
}

const isOpen = 1;

function hearSocket(socket: StandardWebSocket, { accept }: SocketAcceptance): void {
  let hearer: SocketHearer | undefined;
  const end: MessageSocket = {
    send: (message) => void (socket.readyState === isOpen && socket.send(message)),
    close: () => socket.close(1000),
  };
  const on = socket.addEventListener.bind(socket) as (type: string, listener: (event: { readonly data?: unknown }) => void) => void;
  const open = (): void => void (hearer ??= accept(end));
  socket.binaryType = "arraybuffer";
  on("message", ({ data }) => hearer?.hear(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)));
  on("close", () => hearer?.lose());
  on("error", () => {}); // "close" follows
  if (socket.readyState === isOpen) open();
  else on("open", open);
}
