/** What is open at a server, so that it can go without cutting anybody off. */
import type { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { drainingError } from "./draining-error.js";
import { errorAnswer } from "./error-answer.js";
import type { Front } from "./listen-protocol.js";
import { http2StreamOf, type NodeResponse } from "./node-exchange.js";
import type { NodeListener } from "./node-listener.js";
import { refuseUpgrade, type UpgradeListener } from "./socket-upgrade.js";

/** Counts what runs at a server, and refuses what comes once it goes. */
export class Connections {
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #running = new Set<object>();
  /** Connections on which nothing was asked yet, such as browsers keep in reserve. */
  readonly #silent = new Set<Socket>();
  #isGoing = false;
  #onIdle = (): void => {};

  /** A listener that counts the answers of another. */
  counting(listener: NodeListener): NodeListener {
    return (incoming, outgoing) => {
      this.#silent.delete(incoming.socket);
      this.#add(outgoing);
      listener(incoming, outgoing);
    };
  }

  /** A listener that refuses calls once the server goes. */
  refusing(listener: NodeListener): NodeListener {
    return (incoming, outgoing) => (this.#isGoing ? refuse(outgoing) : listener(incoming, outgoing));
  }

  /** Both for sockets. */
  upgrading(listener: UpgradeListener): UpgradeListener {
    return (request, socket, head) => {
      if (this.#isGoing) return refuseUpgrade(socket.on("error", () => {}), errorAnswer(drainingError()));
      this.#silent.delete(request.socket);
      this.#add(socket);
      listener(request, socket, head);
    };
  }

  /** Follows the connections of the servers. */
  watch({ server, http2, opened }: Front): void {
    server.prependListener("connection", (socket: Socket) => follow(this.#sockets, socket));
    server.prependListener(opened, (socket: Socket) => follow(this.#silent, socket));
    http2.prependListener("connection", (socket: Socket) => this.#silent.delete(socket)); // its session is closed by itself
    http2.on("session", (session) => {
      follow(this.#sessions, session);
      if (this.#isGoing) session.close();
    });
  }

  #add(one: NodeResponse | Duplex): void {
    this.#running.add(one);
    (one as Duplex).once("close", () => {
      this.#running.delete(one);
      if (this.#running.size === 0) this.#onIdle();
    });
  }

  /** Refuses what comes from now on, and tells the clients of HTTP/2 to go elsewhere (GOAWAY). */
  refuse(): void {
    this.#isGoing = true;
    for (const session of this.#sessions) session.close();
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#running.size === 0) resolve();
    });
  }

  /** Cuts the connections on which nothing was asked. */
  cutSilent(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Keeps it in the set until it is closed. */
function follow<T extends EventEmitter>(set: Set<T>, one: T): void {
  set.add(one);
  one.once("close", () => set.delete(one));
}

function refuse(outgoing: NodeResponse): void {
  const { status, headers, body } = errorAnswer(drainingError());
  // HTTP/2 knows no such header: its connection is closed by GOAWAY.
  (outgoing as ServerResponse).writeHead(status, http2StreamOf(outgoing) ? headers : { ...headers, connection: "close" }).end(body);
}
