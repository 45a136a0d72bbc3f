/** Handlers that answer only those who present a token. */
import { StageError } from "@iftk/core";
import { toErrorFields, type SocketHearer } from "@iftk/wire";
import { bearerChallenge, bearerCheck, type Tokens } from "./bearer-check.js";
import { errorAnswer } from "./error-answer.js";
import type { Answer, Asked } from "./exchange.js";
import { judgeOrigin } from "./origin.js";
import { acceptorOf, withSockets, type ServerSocket, type SocketAcceptance } from "./socket-acceptor.js";
import { tokenOf } from "./token-of.js";
import { answererOf, toHandler, type Handler } from "./web-exchange.js";

export interface ProtectOptions {
  readonly tokens: Tokens;
  /** Origins of other hosts whose pages may read why they are refused: those that the handler itself lists. */
  readonly origins?: readonly string[];
  /** Paths that need no token. */
  readonly open?: readonly string[];
}

/**
 * A handler that `serve` or `serveTasks` gave, for those who present a bearer token: others are answered with 401, and over a WebSocket with
 * an error frame. A browser that asks what it may send (OPTIONS) needs none.
 * Throws StageError `invalid_argument` for tokens that make no sense, and for a handler of another kind.
 */
export function protect(handler: Handler, { tokens, origins: listed, open: paths }: ProtectOptions): (request: Request) => Promise<Response> {
  const answerer = answererOf(handler);
  if (!answerer) throw new StageError("invalid_argument", "protect: the handler must be one that serve or serveTasks gave.");
  const check = bearerCheck(tokens);
  const origins = new Set(listed);
  const open = new Set(paths);
  const guarded = toHandler(async function answer(asked) {
    if (asked.method !== "OPTIONS" && !open.has(asked.path)) {
      try {
        await check(tokenOf(asked), asked);
      } catch (error) {
        return refusal(error, asked, origins);
      }
    }
    return answerer(asked);
  });
  const acceptor = acceptorOf(handler);
  if (!acceptor) return guarded;
  return withSockets(guarded, (asked) => {
    const acceptance = acceptor(asked);
    if (!("accept" in acceptance)) return acceptance;
    return { ...acceptance, accept: (socket) => new CheckedSocket(socket, check(tokenOf(asked), asked), acceptance) };
  });
}

function refusal(error: unknown, asked: Asked, origins: ReadonlySet<string>): Answer {
  const { isAllowed, headers } = judgeOrigin(asked, origins);
  return errorAnswer(error, { headers: { ...(isAllowed ? headers : {}), ...(StageError.is(error) && error.code === "unauthenticated" ? bearerChallenge(error) : {}) } });
}

/** Messages that are kept while a token is being checked; a client sends one, and waits until it may send more. */
const mostWaiting = 16;

/** A socket that nobody hears before the token of its client was checked. */
class CheckedSocket implements SocketHearer {
  readonly #socket: ServerSocket;
  #waiting: (string | Uint8Array)[] = [];
  #hearer: SocketHearer | undefined;
  #isOver = false;

  constructor(socket: ServerSocket, checking: Promise<void>, acceptance: SocketAcceptance) {
    this.#socket = socket;
    checking.then(
      () => this.#begin(acceptance),
      (error: unknown) => this.#refuse(error),
    );
  }

  #begin(acceptance: SocketAcceptance): void {
    if (this.#isOver) return;
    this.#hearer = acceptance.accept(this.#socket);
    for (const message of this.#waiting) this.#hearer.hear(message);
    this.#waiting = [];
  }

  /** Told over the socket, for a browser cannot read how an upgrade was refused. */
  #refuse(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#socket.send(JSON.stringify({ kind: "error", id: 1, error: toErrorFields(error) }));
    this.#socket.close();
  }

  hear(message: string | Uint8Array): void {
    if (this.#hearer) this.#hearer.hear(message);
    else if (this.#waiting.push(message) > mostWaiting) this.#refuse(new StageError("resource_exhausted", "Too many messages came before the stream was open.", { reason: "too-large" }));
  }

  lose(): void {
    this.#isOver ||= !this.#hearer;
    this.#hearer?.lose();
  }

  fail(error: StageError): void {
    if (this.#hearer) this.#hearer.fail(error);
    else this.#refuse(error);
  }
}
