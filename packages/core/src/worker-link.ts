/** Frames between two threads over a port that both may use for other things too. */
import { StageError, type StageErrorCode } from "./error.js";

// The ports of browsers and of Node declare their listeners too differently for more.
type Listen = (event: never, listener: never) => unknown;

/** One end of a connection between two threads: a Worker, a MessagePort, or the global scope of a worker, of a browser or of Node. */
export interface WorkerPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
  readonly on?: Listen;
  readonly off?: Listen;
  start?(): void;
}

/** What an error is beyond its thread: a StageError without its cause. */
export type ErrorFields = Pick<StageError, "code" | "message" | "reason" | "stage" | "retryAfter">;

/** What one end says to the other, to whom the key stands for. */
export type Frame =
  | { readonly kind: "open"; readonly id: string; readonly stage: string; readonly mode: string; readonly deadline: number | undefined }
  | { readonly kind: "hello"; readonly isAnswer: boolean }
  | { readonly kind: "pull"; readonly count: number }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "end" }
  /** `isYours` gives back the error of the stream that the other end sends; `isOfClosing` says that leaving threw it. */
  | { readonly kind: "error"; readonly error: ErrorFields; readonly isYours?: boolean; readonly isOfClosing?: boolean }
  | { readonly kind: "return" };

interface Envelope {
  readonly iftk: string;
  readonly frame: Frame;
}

/** Who hears the frames for a key, and is told when there will be no more. */
export interface Hearer {
  readonly hear: (frame: Frame) => void;
  readonly fail: (error: StageError) => void;
}

const links = new WeakMap<WorkerPort, WorkerLink>();

/** The one link over a port. */
export function linkOver(port: WorkerPort): WorkerLink {
  const link = links.get(port) ?? new WorkerLink(port);
  links.set(port, link);
  return link;
}

/** Sends frames over a port, and listens to it while there is somebody to hear. */
export class WorkerLink {
  readonly #port: WorkerPort;
  readonly #hearers = new Map<string, Hearer>();
  #lost: StageError | undefined;
  #count = 0;

  constructor(port: WorkerPort) {
    this.#port = port;
    // A thread that is gone says so once, and a call made later has to know.
    this.#listen("on", "exit", this.#onLost);
    this.#listen("on", "close", this.#onLost);
  }

  /** A key that no other link and no other call has. */
  newKey(): string {
    return `${Math.random().toString(36).slice(2)}.${++this.#count}`;
  }

  send(key: string, frame: Frame, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage({ iftk: key, frame } satisfies Envelope, transfer);
  }

  /**
   * Gives the hearer the frames for a key, until the function that it gives back is called.
   *
   * @throws StageError `unavailable` when the other end is gone, `failed_precondition` when the key is taken.
   */
  listen(key: string, hearer: Hearer): () => void {
    if (this.#lost) throw this.#lost;
    if (this.#hearers.has(key)) throw new StageError("failed_precondition", `worker: there is already a hearer for ${key} on this port`);
    this.#hearers.set(key, hearer);
    if (this.#hearers.size === 1) this.#listenToPort("on");
    return () => {
      if (this.#hearers.delete(key) && this.#hearers.size === 0) this.#listenToPort("off");
    };
  }

  #listenToPort(how: "on" | "off"): void {
    this.#listen(how, "message", this.#onMessage);
    this.#listen(how, "messageerror", this.#onError);
    // In a worker of a browser, an error of the global scope is its own and not one of the other end.
    if (this.#port !== (globalThis as unknown)) this.#listen(how, "error", this.#onError);
    if (how === "on" && !this.#port.on) this.#port.start?.();
  }

  #listen(how: "on" | "off", event: string, listener: (value: unknown) => void): void {
    const port = this.#port;
    const method = port.on ? how : how === "on" ? "addEventListener" : "removeEventListener";
    port[method]?.(event as never, listener as never);
  }

  readonly #onMessage = (message: unknown): void => {
    // Node gives the message, browsers an event that has it.
    const { iftk, frame } = Object(this.#port.on ? message : (message as { data: unknown }).data) as Partial<Envelope>;
    if (typeof iftk === "string" && frame) this.#hearers.get(iftk)?.hear(frame);
  };

  readonly #onError = (error: unknown): void => this.#fail(lost(error));

  readonly #onLost = (): void => {
    this.#lost = lost(undefined);
    this.#fail(this.#lost);
  };

  #fail(error: StageError): void {
    for (const { fail } of this.#hearers.values()) fail(error);
  }
}

function lost(cause: unknown): StageError {
  return new StageError("unavailable", "worker: the other thread is gone, or cannot be understood", { reason: "truncated", cause });
}

/** What the other thread may know of an error. */
export function toFields(error: unknown): ErrorFields {
  const { code, message, reason, stage, retryAfter } = StageError.from(error);
  return { code, message, reason, stage, retryAfter };
}

/** The error of the other thread. */
export function fromFields({ code, message, ...options }: ErrorFields): StageError {
  return new StageError(code satisfies StageErrorCode, message, options);
}
