/** One call of a stage on a server over a WebSocket: the values of a stream there, and those of a stream back. */
import { ready, StageError } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import type { Batch, Call, ReadyReader, ReadyStream, Stream } from "@iftk/core";
import { bearerProtocol, SocketLink, socketProtocol, socketVersion } from "@iftk/wire/socket";
import type { LinkOwner } from "@iftk/wire/socket";
import { connectionFailed, timeoutOf, tokenFor, type RemoteOptions, type WebSocketLike } from "./remote-options.js";

/** Characters or bytes that a message of the server may have. */
const maxMessageSize = 2 ** 24;

/** Connects to the stage at the URL, and reads what it gives for the input, which is read no faster than the stage asks. */
export class SocketCall implements ReadyReader<unknown>, LinkOwner {
  readonly #input: ReadyStream<unknown>;
  readonly #call: Call;
  readonly #options: RemoteOptions;
  readonly #window: number;
  readonly #link: SocketLink;
  #socket: WebSocketLike | undefined;
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string | URL, input: Stream<unknown>, call: Call, options: RemoteOptions) {
    call.signal.throwIfAborted(); // while this code was loaded
    this.#input = input as ReadyStream<unknown>;
    this.#call = call;
    this.#options = options;
    this.#window = requireNumber("window", options.window ?? 64, 1, "whole");
    const socket = {
      send: (message: string | Uint8Array) => void (this.#isOpen && this.#socket?.send(message)),
      close: () => this.#socket?.close(),
    };
    this.#link = new SocketLink(socket, this, { role: "client", window: this.#window, maxMessageSize });
    call.signal.addEventListener("abort", this.#abort);
    this.#connect(url).catch((error: unknown) => this.#link.lose(error));
  }

  /** Leaves the server, which has to hear of it also where nobody reads on what it gives. */
  readonly #abort = (): void => void this.close();

  // The reader of what comes

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    const answer = this.#link.receiver.read();
    if (answer === undefined || Array.isArray(answer)) return answer as Batch<unknown>;
    this.#watch(this.#link.sent);
    return this.#answered(answer as PromiseLike<Batch<unknown>>);
  }

  async #answered(answer: PromiseLike<Batch<unknown>>): Promise<Batch<unknown>> {
    try {
      return await answer;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  close(): Promise<void> | void {
    clearTimeout(this.#timer);
    return this.#link.receiver.close();
  }

  /** Gives up where nothing came or went for the idle time, unless the server waits for the input. */
  #watch(sent: number): void {
    const { idleTimeout = 60_000 } = this.#options;
    if (!idleTimeout) return;
    this.#timer = setTimeout(() => {
      if (this.#link.isAwaiting || this.#link.sent > sent) this.#watch(this.#link.sent);
      else this.#link.fail(new StageError("deadline_exceeded", `No content came for ${idleTimeout} ms.`, { reason: "idle" }));
    }, idleTimeout);
  }

  // The connection

  async #connect(url: string | URL): Promise<void> {
    const { webSocket = globalThis.WebSocket as unknown as NonNullable<RemoteOptions["webSocket"]> } = this.#options;
    const token = await tokenFor(this.#options);
    if (this.#link.receiver.isEnded) return;
    let socket: WebSocketLike;
    try {
      socket = new webSocket(socketUrl(url), token === undefined ? [socketProtocol] : [socketProtocol, bearerProtocol(token)]);
    } catch (cause) {
      throw connectionFailed({ cause });
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const on = socket.addEventListener.bind(socket) as (type: string, listener: (event: { readonly data?: unknown }) => void) => void;
    on("open", () => {
      this.#isOpen = true;
      const timeout = timeoutOf(this.#call);
      this.#link.say({ kind: "open", version: socketVersion, credit: this.#window, ...(timeout === undefined ? {} : { timeout }) });
    });
    on("message", ({ data }) => this.#link.hear(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)));
    const lose = (): void => this.#link.lose(this.#isOpen ? undefined : connectionFailed());
    on("error", lose); // no "close" follows where the sockets of Node 22 cannot connect
    on("close", lose);
  }

  // What the link tells

  open(): ReadyReader<unknown> {
    return this.#input[ready]();
  }

  onSent(): void {}

  onReceived(): void {
    this.#forget();
    this.onUnread();
    this.#link.close();
  }

  onUnread(): void {
    void this.#link.stopSending();
  }

  onBroken(): void {
    this.#forget();
    this.onUnread();
  }

  onLeave(): Promise<void> {
    this.#forget();
    this.#link.close();
    return this.#link.stopSending();
  }

  #forget(): void {
    this.#call.signal.removeEventListener("abort", this.#abort);
  }
}

/** The URL with the scheme of a socket; a relative one is completed by that of the page. */
function socketUrl(url: string | URL): string {
  const target = new URL(url, (globalThis.location as Location | undefined)?.href);
  target.protocol = target.protocol.replace("http", "ws");
  target.hash = "";
  return target.href;
}
