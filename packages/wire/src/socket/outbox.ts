/** Frames on their way into messages: those of one turn of the event loop travel together. */
import { atEndOfTurn } from "./end-of-turn.js";
import type { MessageSocket } from "./message-socket.js";

/** Characters that are gathered for one message, so that only a single large frame makes a larger one. */
const pieceSize = 2 ** 14;

/** Sends the first frames at once, and those that follow in the same turn as one message at its end. */
export class Outbox {
  readonly #socket: MessageSocket;
  #text = "";
  #count = 0;
  #isGathering = false;

  constructor(socket: MessageSocket) {
    this.#socket = socket;
  }

  /** Takes a frame; it waits for `post`. */
  add(frame: string): void {
    if (this.#count > 0 && this.#text.length + frame.length > pieceSize) this.flush();
    this.#text = this.#count === 0 ? frame : `${this.#text},${frame}`;
    this.#count++;
  }

  /** Sends bytes as a message of their own, after the frames before them. */
  addBytes(bytes: Uint8Array): void {
    this.flush();
    this.#socket.send(bytes);
  }

  /** Says that all frames that are ready have been added. */
  post(): void {
    if (this.#isGathering || this.#count === 0) return;
    this.flush();
    this.#isGathering = true;
    atEndOfTurn(this.#endTurn);
  }

  /** Sends what was added. */
  flush(): void {
    if (this.#count === 0) return;
    const message = this.#count === 1 ? this.#text : `[${this.#text}]`;
    this.#text = "";
    this.#count = 0;
    this.#socket.send(message);
  }

  readonly #endTurn = (): void => {
    this.#isGathering = false;
    this.post();
  };
}
