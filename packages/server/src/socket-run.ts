/** One run of a stage on behalf of a client at the other end of a socket. */
import { readyStream, StageError } from "@iftk/core";
import type { ReadyReader, Stream } from "@iftk/core";
import type { OpenFrame } from "@iftk/wire";
import { isCount, malformed, SocketLink, socketVersion } from "@iftk/wire/socket";
import type { Failure, LinkOwner, SocketHearer } from "@iftk/wire/socket";
import type { OpenRun } from "./served-stage.js";
import type { ServerSocket } from "./socket-acceptor.js";
import type { RunHost, RunName } from "./stage-run.js";

/** What a run is of, and for whom. */
export interface SocketRunOptions {
  readonly open: OpenRun;
  readonly socket: ServerSocket;
  readonly host: RunHost;
  readonly name: RunName;
  /** Values that the client may send ahead of the stage. */
  readonly window: number;
  readonly maxMessageBytes: number;
}

/** Milliseconds that a client has for its first frame. */
const patience = 10_000;

/** A stage that is running for a client who sends its input and may leave at any time. */
export class SocketRun implements LinkOwner, SocketHearer {
  readonly #options: SocketRunOptions;
  readonly #link: SocketLink;
  readonly #input: Stream<unknown>;
  readonly #timer: ReturnType<typeof setTimeout>;
  #deadline: number | undefined;
  #hasLeft = false;
  #isFinished = false;

  constructor(options: SocketRunOptions) {
    this.#options = options;
    const { socket, window, maxMessageBytes, host } = options;
    this.#link = new SocketLink(socket, this, { role: "server", window, maxMessageSize: maxMessageBytes });
    this.#input = readyStream(() => this.#link.receiver);
    this.#timer = setTimeout(() => this.#link.fail(new StageError("deadline_exceeded", `No frame came for ${patience} ms.`, { reason: "idle" })), patience);
    host.heartbeats.add(this);
  }

  hear(message: string | Uint8Array): void {
    this.#link.hear(message);
  }

  lose(): void {
    this.#link.lose();
  }

  /** Gives the run up for the error, of which the client is told. */
  fail(error: StageError): void {
    this.#link.fail(error);
  }

  beat(): void {
    this.#options.socket.beat?.();
  }

  onOpen({ version, credit, timeout }: OpenFrame): void {
    if (version !== socketVersion) throw new StageError("unimplemented", `Version ${String(version).slice(0, 16)} of the frames is unknown; this server speaks version ${socketVersion}.`, { reason: "version" });
    if (!isCount(credit)) throw malformed("invalid_argument", "the credit of an open frame is a whole number");
    if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) throw malformed("invalid_argument", "the timeout of an open frame is a number of milliseconds");
    clearTimeout(this.#timer);
    if (timeout !== undefined) this.#deadline = Date.now() + timeout;
  }

  open(): ReadyReader<unknown> {
    return this.#options.open(this.#input, this.#deadline === undefined ? {} : { deadline: this.#deadline });
  }

  onSent(failure: Failure | undefined, isTheirs: boolean): void {
    if (failure && !isTheirs && !this.#hasLeft) this.#report(failure.error);
    this.#finish();
  }

  onReceived(): void {}

  onLeave(): void {}

  onUnread(): void {
    void this.#leave();
  }

  onBroken(): void {
    void this.#leave();
  }

  /** Closes the stage, of which nobody hears any more, and waits for its cleanup. */
  async #leave(): Promise<void> {
    this.#hasLeft = true;
    try {
      await this.#link.stopSending();
    } catch (error) {
      this.#report(error);
    }
    this.#finish();
  }

  #report(error: unknown): void {
    try {
      this.#options.host.onError(error, this.#options.name);
    } catch {
      // A log that fails must not take the run's answer with it.
    }
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#timer);
    this.#link.close();
    const { host } = this.#options;
    host.heartbeats.delete(this);
    host.onFinish();
  }
}
