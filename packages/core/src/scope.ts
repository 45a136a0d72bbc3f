/** One run of a pipeline: the signal its stages share, and how everything it opened is closed. */
import { StageError } from "./error.js";
import type { Call } from "./stream.js";

// Taken at load, so that a test's virtual clock cannot hold up a cancellation.
const later = globalThis.setTimeout;

/** Resolves after the microtasks of this turn and one turn of the event loop. */
export const macrotask = (): Promise<void> => new Promise((resolve) => void later(resolve, 0));

/** The reason that stages see when their consumer stops reading. */
export const consumerLeft = (): StageError => new StageError("canceled", "the consumer stopped reading");

/** Why a run is closed early: the caller aborted, the consumer left, or a stage failed. */
type Closing = "abort" | "return" | "error";

/** What a run must be able to do with the places where its stages hand over to each other. */
export interface Closable {
  /** Whether a read is pending. */
  readonly isWaiting: boolean;
  /** This one and those before it, the source's last. */
  chain(): readonly Closable[];
  /** Rejects the reads that are pending. */
  interrupt(reason: unknown): void;
  /**
   * Ends it for its consumer; the function given back settles what was pending.
   *
   * With an abort, the first pending read, or else the next one, is rejected with its reason.
   */
  detach(abort: { readonly reason: unknown } | undefined): () => void;
  /** Asks the source, then what that reads, to finish: the same promise each time. */
  release(): Promise<void>;
  /** Asks all that may still be open to finish, and waits for none of it. */
  abandon(): void;
}

/** The call that the stages of one run serve. Its last joint is the one that the consumer reads. */
export class Scope implements Call {
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #last: Closable | undefined;
  #state: "idle" | "running" | "over" = "idle";
  #closing: Promise<void> | undefined;

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles when an early close is through; undefined while there is none. */
  get closing(): Promise<void> | undefined {
    return this.#closing;
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
    if (this.#caller?.aborted) this.#onAbort();
    else this.#caller?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The run is over: the caller is no longer listened to. */
  end(): void {
    this.#state = "over";
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }

  /**
   * Ends the run early: the signal fires first, then every `finally` runs, the sink's before the source's.
   *
   * Where a read is pending, and always after an abort, what does not hear is abandoned after one macrotask.
   */
  close(how: Closing, reason: unknown): Promise<void> {
    if (this.#closing) return this.#closing;
    if (this.#state === "over") return Promise.resolve();
    this.#closing = this.#close(how, reason);
    this.#closing.catch(() => {}); // whoever waits for it gets it; nobody has to
    return this.#closing;
  }

  async #close(how: Closing, reason: unknown): Promise<void> {
    const last = this.#last;
    this.end();
    if (!last) return;
    const isBounded = how === "abort" || last.chain().some((joint) => joint.isWaiting);
    const settle = last.detach(how === "abort" ? { reason } : undefined);
    this.#controller.abort(reason);
    for (const joint of last.chain()) joint.interrupt(reason);
    const released = last.release();
    try {
      if (isBounded) await Promise.race([released.catch(() => {}), macrotask()]);
      else await released;
    } catch (error) {
      if (error !== reason && how === "return") throw error;
    } finally {
      last.abandon();
      settle();
    }
  }

  readonly #onAbort = (): void => {
    void this.close("abort", this.#caller?.reason);
  };
}
