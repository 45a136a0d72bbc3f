/** One run of a pipeline: the signal its stages share, and how everything it opened is closed. */
import { StageError } from "./error.js";
import { ignore } from "./ignore.js";
import { macrotask } from "./macrotask.js";
import type { Call } from "./stream.js";

/** The reason that stages see when their consumer stops reading. */
export const consumerLeft = (): StageError => new StageError("canceled", "the consumer stopped reading");

/** Why a run is closed early: the caller aborted, the consumer left, or a stage failed. */
type Closing = "abort" | "return" | "error";

/** Something thrown, be it undefined. */
export interface Failure {
  readonly error: unknown;
}

/** What a run must be able to do with the places where its stages hand over to each other. */
export interface Closable {
  /** Whether a read is pending. */
  readonly isWaiting: boolean;
  /** Whether its source has not answered a read yet. */
  readonly isAwaiting: boolean;
  /** This one and those before it, the source's last. */
  chain(): readonly Closable[];
  /** Rejects the reads that are pending. */
  interrupt(reason: unknown): void;
  /** Ends it for its consumer, who is told by `settle`. */
  halt(): void;
  /** Answers the reads that are pending: with an abort, the first of them, or else the next one, is rejected. */
  settle(abort: Failure | undefined): void;
  /** Asks the source, then what that reads, to finish: the same promise each time. */
  release(): Promise<void>;
  /** Asks all that may still be open to finish, and waits for none of it. */
  abandon(): void;
}

/** The call that the stages of one run serve. Its last joint is the one that the consumer reads. */
export class Scope implements EventListenerObject {
  readonly #caller: Partial<Call>;
  #controller: AbortController | undefined;
  #last: Closable | undefined;
  #state: "idle" | "running" | "over" = "idle";
  #closing: Promise<void> | undefined;
  /** Ends a closing that waits, with the reason of an abort. */
  #hurry: ((reason: unknown) => void) | undefined;
  #reason: { readonly reason: unknown } | undefined;
  #call: Call | undefined;
  #isCut = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(caller: Partial<Call>) {
    this.#caller = caller;
  }

  /** Whether the caller may end the run. */
  get isHearing(): boolean {
    return (this.#caller.signal ?? this.#caller.deadline) !== undefined;
  }

  /** What the stages are given, made when one first asks for it: most fused ones never do. */
  get call(): Call {
    if (!this.#call) {
      const { deadline, values } = this.#caller;
      this.#controller = new AbortController();
      this.#call = { signal: this.#controller.signal, deadline, values };
      if (this.#reason) this.#controller.abort(this.#reason.reason);
    }
    return this.#call;
  }

  /** Something upstream was closed although the run goes on: when it ends, what only the signal stops is stopped, too. */
  noteCut(): void {
    this.#isCut = true;
  }

  /** Makes the joint the one that the consumer reads. */
  endAt<J extends Closable>(joint: J): J {
    this.#last = joint;
    return joint;
  }

  isLast(joint: object): boolean {
    return this.#last === joint;
  }

  /** The first read begins the run: from now on the caller is heard. */
  begin(): void {
    if (this.#state !== "idle") return;
    this.#state = "running";
    const { signal, deadline } = this.#caller;
    if (signal?.aborted) return this.handleEvent();
    signal?.addEventListener("abort", this, { once: true });
    if (deadline === undefined) return;
    const left = deadline - Date.now();
    const pass = (): void => void this.close("abort", new StageError("deadline_exceeded", "the deadline of the call has passed"));
    if (left <= 0) pass();
    else if (left < 2 ** 31) this.#timer = setTimeout(pass, left); // one further away than a timer reaches is as good as none
  }

  /** The run is over: the caller is no longer listened to. */
  end(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#forget();
    if (this.#isCut && !this.#reason) this.#fire(consumerLeft());
  }

  #forget(): void {
    this.#caller.signal?.removeEventListener("abort", this);
    clearTimeout(this.#timer);
  }

  #fire(reason: unknown): void {
    this.#reason = { reason };
    this.#controller?.abort(reason);
  }

  /**
   * Ends the run early: the signal fires first, then every stage is asked to finish, the last one first.
   *
   * Where a read is pending, what has not answered after one macrotask is abandoned. After an abort the reads
   * are rejected by then, whatever still runs, and so they are when it comes while a `finally` is waited for.
   */
  close(how: Closing, reason: unknown): Promise<void> {
    if (this.#closing && how === "abort") this.#hurry?.(reason);
    if (this.#closing) return this.#closing;
    if (this.#state === "over") return Promise.resolve();
    this.#closing = this.#close(how, reason);
    this.#closing.catch(ignore); // whoever waits for it gets it; nobody has to
    return this.#closing;
  }

  async #close(how: Closing, reason: unknown): Promise<void> {
    const last = this.#last;
    this.#isCut = false;
    this.#state = "over";
    if (how === "abort") this.#forget();
    if (!last) return;
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = (cause) => resolve(last.settle({ error: cause }));
    });
    const isBounded = how === "abort" || last.chain().some((joint) => joint.isWaiting);
    last.halt();
    this.#fire(reason);
    for (const joint of last.chain().slice(1)) joint.interrupt(reason);
    const released = last.release();
    const settle = (): void => last.settle(how === "abort" ? { error: reason } : undefined);
    try {
      if (isBounded) await Promise.race([released.catch(ignore), macrotask()]);
      if (how === "abort") settle(); // the reads are told now; who leaves waits for every `finally`
      if (!last.chain().some((joint) => joint.isAwaiting)) await Promise.race([released, hurried]);
    } catch (error) {
      if (error !== reason && how !== "error") throw error;
    } finally {
      this.#forget();
      last.abandon();
      if (how === "return") settle();
    }
  }

  /** The caller's signal has fired. */
  handleEvent(): void {
    void this.close("abort", this.#caller.signal?.reason);
  }
}
