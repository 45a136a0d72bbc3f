/** What becomes of who asks for a WebSocket, apart from how it travels. */
import { toErrorFields } from "@iftk/wire";
import type { MessageSocket, SocketHearer } from "@iftk/wire/socket";
import type { Answer, Asked } from "./exchange.js";
import type { Handler } from "./web-exchange.js";

/** Takes a socket that has been opened; what it gives hears the messages. */
export interface SocketAcceptance {
  /** Bytes that a message may have. */
  readonly maxMessageBytes: number;
  accept(socket: ServerSocket): SocketHearer;
}

/** A socket at the end of a server. */
export interface ServerSocket extends MessageSocket {
  /** Asks the other end for a sign of life, and cuts the connection where it gave none since the last time. */
  beat?(): void;
}

/** Whether a request may have a socket; one that may not is answered in plain HTTP. */
export type SocketAcceptor = (asked: Asked) => SocketAcceptance | Answer;

const acceptors = new WeakMap<Handler, SocketAcceptor>();

/** The handler itself, which now also takes sockets. */
export function withSockets<H extends Handler>(handler: H, acceptor: SocketAcceptor): H {
  acceptors.set(handler, acceptor);
  return handler;
}

/** What takes the sockets of a handler; undefined for one that takes none. */
export function acceptorOf(handler: Handler): SocketAcceptor | undefined {
  return acceptors.get(handler);
}

/** Tells the client of a socket why it is refused, and closes it: a browser cannot read how an upgrade was. */
export function refuseSocket(socket: ServerSocket, error: unknown): SocketHearer {
  socket.send(JSON.stringify({ kind: "error", id: 1, error: toErrorFields(error) }));
  socket.close();
  return { hear() {}, lose() {}, fail() {} };
}
