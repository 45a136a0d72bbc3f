/** WebSockets of the library ws as the sockets that runs speak over. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { socketProtocol, tooLarge } from "@iftk/wire/socket";
import { WebSocket, WebSocketServer } from "ws";
import type { ServerSocket, SocketAcceptance } from "./socket-acceptor.js";

const ignore = (): void => {};

/** A WebSocket that tells of each closing when it begins: the library's own event waits for the other end. */
class ListeningSocket extends WebSocket {
  onClosing: (code: number | undefined) => void = ignore;

  override close(code?: number, reason?: string | Buffer): void {
    this.onClosing(code);
    super.close(code, reason);
  }
}

/** Completes an upgrade and hands the socket over; what is no request for a WebSocket is answered in plain HTTP. */
export function openSocket({ maxMessageBytes, accept }: SocketAcceptance, request: IncomingMessage, connection: Duplex, head: Buffer): void {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: maxMessageBytes, handleProtocols: () => socketProtocol, WebSocket: ListeningSocket });
  server.handleUpgrade(request, connection, head, (socket) => {
    const end = new NodeSocket(socket, connection);
    const hearer = accept(end);
    socket.on("error", ignore); // "close" follows
    socket.on("message", (data: Buffer, isBinary) => {
      end.isAlive = true;
      hearer.hear(isBinary ? new Uint8Array(data) : data.toString());
    });
    socket.on("pong", () => (end.isAlive = true));
    socket.on("close", () => hearer.lose());
    socket.onClosing = (code) => {
      if (code === tooLargeCode) hearer.fail(tooLarge(maxMessageBytes));
      else hearer.lose();
    };
  });
}

/** The close code of a message that is too large (RFC 6455, section 7.4.1). */
const tooLargeCode = 1009;

/** The end of a WebSocket in this process. */
class NodeSocket implements ServerSocket {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  #drained: Promise<void> | undefined;
  /** Whether anything was heard since the last beat. */
  isAlive = true;

  constructor(socket: WebSocket, connection: Duplex) {
    this.#socket = socket;
    this.#connection = connection;
  }

  send(message: string | Uint8Array): void {
    // The library would give the connection the head of a message and its text one by one.
    if (typeof message === "string" && this.#socket.readyState === WebSocket.OPEN) writeText(this.#connection, message);
    else this.#socket.send(message);
  }

  drained(): Promise<void> | undefined {
    const connection = this.#connection;
    if (!connection.writableNeedDrain || connection.destroyed) return undefined;
    this.#drained ??= new Promise<void>((resolve) => {
      const done = (): void => {
        connection.off("drain", done).off("close", done);
        this.#drained = undefined;
        resolve();
      };
      connection.on("drain", done).on("close", done);
    });
    return this.#drained;
  }

  close(): void {
    this.#socket.close(1000);
  }

  beat(): void {
    if (!this.isAlive) return this.#socket.terminate();
    this.isAlive = false;
    this.#socket.ping();
  }
}

/** Writes a message of text as a server frames it (RFC 6455, section 5.2). ASCII, which most texts are, is copied rather than encoded. */
function writeText(connection: Duplex, text: string): void {
  const size = Buffer.byteLength(text);
  const length = size < 126 ? [size] : size < 2 ** 16 ? [126, size >> 8, size & 255] : [127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255];
  const head = String.fromCharCode(0x81, ...length);
  if (size === text.length) connection.write(head + text, "latin1");
  else connection.write(Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(text)]));
}
