/** One run over a socket, seen from one end: a stream that is sent and a stream that is read. */
import { StageError } from "@iftk/core";
import type { ReadyReader, StageErrorCode } from "@iftk/core";
import { fromErrorFields, toErrorFields } from "../error-frame.js";
import type { OpenFrame, SocketFrame } from "../frame.js";
import { atEndOfTurn } from "./end-of-turn.js";
import type { MessageSocket, SocketHearer } from "./message-socket.js";
import { Outbox } from "./outbox.js";
import { framesOfMessage, malformed, socketProtocol } from "./socket-codec.js";
import { SocketReceiver, type Failure } from "./socket-receiver.js";
import { SocketSender } from "./socket-sender.js";

/** What a link tells the end that holds it. */
export interface LinkOwner {
  /** Opens the stream that is sent: the other end has asked for values of it. */
  open(): ReadyReader<unknown>;
  /** The client begins the run; a server hears it first of all. */
  onOpen?(frame: OpenFrame): void;
  /** The stream that is sent is over, and the other end was told; `isTheirs` says that it failed with the other end's own error. */
  onSent(failure: Failure | undefined, isTheirs: boolean): void;
  /** The stream that is read is over, as the other end said. */
  onReceived(): void;
  /** The other end reads no more of what is sent. */
  onUnread(): void;
  /** Nobody reads on at this end, and the other end was told. */
  onLeave(): Promise<void> | void;
  /** The connection is lost or was given up, and who reads was told. */
  onBroken(): void;
}

/** How a link is set up. */
export interface LinkOptions {
  /** The client begins with an open frame, by which the server may send as many values as the window of the client holds. */
  readonly role: "client" | "server";
  /** Values that may be on their way, wait or be in the hands of who reads. */
  readonly window: number;
  /** Characters or bytes that a message may have. */
  readonly maxMessageSize: number;
}

/** Carries two streams over a socket, each no faster than it is read. */
export class SocketLink implements SocketHearer {
  readonly #socket: MessageSocket;
  readonly #owner: LinkOwner;
  readonly #options: LinkOptions;
  readonly #outbox: Outbox;
  readonly #sender: SocketSender;
  /** What the other end sends. */
  readonly receiver: SocketReceiver;
  #sentFailure: Failure | undefined;
  #isOpen: boolean;
  #isOver = false;

  constructor(socket: MessageSocket, owner: LinkOwner, options: LinkOptions) {
    this.#socket = socket;
    this.#owner = owner;
    this.#options = options;
    const isClient = options.role === "client";
    this.#isOpen = isClient;
    const outbox = new Outbox(socket);
    this.#outbox = outbox;
    this.#sender = new SocketSender({ open: () => owner.open(), socket, outbox, valueFault: isClient ? "invalid_argument" : "internal", onOver: (failure) => this.#endSending(failure) });
    this.receiver = new SocketReceiver(options.window, isClient ? options.window : 0, {
      ask: (count) => this.say({ kind: "credit", count }),
      leave: () => {
        this.say({ kind: "cancel" });
        return owner.onLeave();
      },
    });
  }

  /** Values that were sent. */
  get sent(): number {
    return this.#sender.count;
  }

  /** Whether the stream that is sent is being waited for. */
  get isAwaiting(): boolean {
    return this.#sender.isReading;
  }

  /** The code of errors for messages that break the rules: a server blames what it is sent, to a caller it is no fault of theirs. */
  get #faultCode(): StageErrorCode {
    return this.#options.role === "server" ? "invalid_argument" : "internal";
  }

  /** Sends a frame. */
  say(frame: Exclude<SocketFrame, { readonly kind: "value" }>): void {
    if (this.#isOver) return;
    this.#outbox.add(JSON.stringify(frame));
    this.#outbox.post();
  }

  hear(message: string | Uint8Array): void {
    if (this.#isOver) return;
    const { maxMessageSize } = this.#options;
    try {
      if (message.length > maxMessageSize) throw tooLarge(maxMessageSize);
      if (typeof message !== "string") return this.#hear({ kind: "value", id: 0, value: message });
      for (const frame of framesOfMessage(message, this.#faultCode)) {
        this.#hear(frame);
        if (this.#isOver as boolean) return;
      }
    } catch (error) {
      this.fail(StageError.from(error));
    }
  }

  #hear(frame: SocketFrame): void {
    if (this.#isOpen === (frame.kind === "open")) throw malformed(this.#faultCode, "the first frame of a client, and no other, is an open frame");
    switch (frame.kind) {
      case "value":
        return this.receiver.give(frame.value);
      case "credit":
        return this.#sender.grant(frame.count);
      case "cancel":
        return this.#owner.onUnread();
      case "open":
        this.#isOpen = true;
        this.#owner.onOpen?.(frame);
        return this.#sender.grant(frame.credit);
      case "end":
        this.receiver.end();
        return this.#owner.onReceived();
      case "error":
        this.receiver.end((frame.isYours && this.#sentFailure) || { error: fromErrorFields(frame.error) });
        return this.#owner.onReceived();
      default:
        // A kind that is skipped could have taken back what came before it.
        throw new StageError("unimplemented", `There are no frames of the kind ${JSON.stringify((frame as { readonly kind: string }).kind.slice(0, 64))} in ${socketProtocol}.`, { reason: "malformed" });
    }
  }

  #endSending(failure: Failure | undefined): void {
    this.#sentFailure = failure;
    const theirs = this.receiver.failure;
    const isTheirs = failure !== undefined && theirs !== undefined && failure.error === theirs.error;
    const id = this.sent + 1;
    this.say(failure ? { kind: "error", id, error: toErrorFields(failure.error), ...(isTheirs ? { isYours: true } : {}) } : { kind: "end", id });
    this.#owner.onSent(failure, isTheirs);
  }

  /** Sends no more, and closes the stream that was sent; nobody is told. Gives the same promise each time. */
  stopSending(): Promise<void> {
    return this.#sender.close();
  }

  /** Tells the other end of an error and gives the connection up. */
  fail(error: StageError): void {
    if (this.#isOver) return;
    this.say({ kind: "error", id: this.sent + 1, error: toErrorFields(error) });
    this.close();
    this.#break(error);
  }

  /** The connection is lost: a stream that has not come to its end was cut, unless there is a better word for it. */
  lose(error: unknown = new StageError("unavailable", "The connection ended before the stream did.", { reason: "truncated" })): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#break(error);
  }

  #break(error: unknown): void {
    this.receiver.end({ error });
    // Who reads is told first that the stream was cut, and then that nobody waits for what is made of it.
    atEndOfTurn(() => this.#owner.onBroken());
  }

  /** Ends the connection after what was said; nothing is heard from then on. */
  close(): void {
    if (this.#isOver) return;
    this.#outbox.flush();
    this.#isOver = true;
    this.#socket.close();
  }
}

/** The error for a message that is larger than its receiver takes. */
export function tooLarge(maxSize: number): StageError {
  return new StageError("resource_exhausted", `A message is larger than the ${maxSize} bytes that this end takes; send smaller values.`, { reason: "too-large" });
}
