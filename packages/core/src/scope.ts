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
  settle(abort?: Failure): void;
  /** Asks the source, then what that reads, to finish: the same promise each time. */
  release(): Promise<void>;
  /** Asks all that may still be open to finish, and waits for none of it. */
  abandon(): void;
}

/** While the signal of a run fires: the closings of the runs that hear it. */
let heard: Promise<void>[] | undefined;
/** Whether a signal that fires is an abort: one that fires because a consumer left or a stage failed ends no closing that waits. */
let isUrgent = true;

/** The call that the stages of one run serve. */
export class Scope implements EventListenerObject {
  /** The joint that the consumer reads. */
  last!: Closable;
  /** Whether something upstream was closed although the run goes on: when it ends, what only the signal stops is stopped, too. */
  isCut = false;
  readonly #caller: Partial<Call>;
  #controller: AbortController | undefined;
  #isOver = false;
  #closing: Promise<void> | undefined;
  /** Ends a closing that waits, with the reason of an abort. */
  #hurry: (reason: unknown) => void = ignore;
  #reason: Failure | undefined;
  #call: Call | undefined;
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
      const { signal } = (this.#controller = new AbortController());
      this.#call = { signal, deadline, values };
      if (this.#reason) this.#controller.abort(this.#reason.error);
    }
    return this.#call;
  }

  /** The first read begins the run: from now on the caller is heard. */
  begin(): void {
    if (this.#isOver) return;
    const { signal, deadline } = this.#caller;
    if (signal?.aborted) return this.handleEvent();
    signal?.addEventListener("abort", this);
    if (deadline === undefined) return;
    const left = deadline - Date.now();
    const pass = (): void => this.#abort(new StageError("deadline_exceeded", "the deadline of the call has passed"));
    if (left <= 0) pass();
    else if (left < 2 ** 31) this.#timer = setTimeout(pass, left); // one further away than a timer reaches is as good as none
  }

  /** The run is over: the caller is no longer listened to. */
  end(): void {
    this.#forget();
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.isCut) void this.#fire(consumerLeft());
  }

  #forget(): void {
    this.#caller.signal?.removeEventListener("abort", this);
    clearTimeout(this.#timer);
  }

  /** The signal fires. Gives the closings of the runs that hear it: they are inside this one, though no joint of it knows them. */
  #fire(reason: unknown, how?: Closing): Promise<void>[] {
    const outer = heard;
    const nested: Promise<void>[] = (heard = []);
    const wasUrgent = isUrgent;
    isUrgent &&= how === "abort";
    this.#reason = { error: reason };
    this.#controller?.abort(reason);
    heard = outer;
    isUrgent = wasUrgent;
    return nested;
  }

  /**
   * Ends the run early: the signal fires first, then every stage is asked to finish, the last one first.
   * It waits for them, and for the runs inside it that hear the signal.
   *
   * Where a read is pending, what has not answered after one macrotask is abandoned. After an abort the reads
   * are rejected by then, whatever still runs, and so they are when it comes while a `finally` is waited for.
   */
  close(how: Closing, reason: unknown): Promise<void> {
    this.#closing ??= this.#close(how, reason);
    this.#closing.catch(ignore); // whoever waits for it gets it; nobody has to
    return this.#closing;
  }

  async #close(how: Closing, reason: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (how === "abort") this.#forget();
    const { last } = this;
    const chain = last.chain();
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = (cause) => resolve(last.settle({ error: cause }));
    });
    const isBounded = how === "abort" || chain.some((joint) => joint.isWaiting);
    last.halt();
    const nested = this.#fire(reason, how);
    for (const joint of chain.slice(1)) joint.interrupt(reason);
    const released = last.release();
    try {
      if (isBounded) await Promise.race([released.catch(ignore), macrotask()]);
      if (how === "abort") last.settle(this.#reason); // the reads are told now; who leaves waits for every `finally`
      const own = chain.some((joint) => joint.isAwaiting) ? Promise.resolve() : released;
      // oxlint-disable-next-line typescript/no-misused-promises -- `finally` waits for what it is given
      await Promise.race([nested.reduce((all, one) => all.finally(() => one), own), hurried]);
    } catch (error) {
      if (error !== reason && how !== "error") throw error;
    } finally {
      last.abandon();
      if (how === "return") last.settle(); // a failure is told by the joint that failed
    }
  }

  /** The caller's signal has fired. */
  handleEvent(): void {
    this.#abort(this.#caller.signal?.reason);
  }

  #abort(reason: unknown): void {
    if (isUrgent) this.#hurry(reason);
    const closing = this.close("abort", reason);
    heard?.push(closing);
  }
}
