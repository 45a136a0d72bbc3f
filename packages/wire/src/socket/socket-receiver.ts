/** The receiving half of a socket: values that come as they were asked for. */
import { StageError } from "@iftk/core";
import type { Batch, ReadyReader } from "@iftk/core";

/** Something thrown, be it undefined. */
export interface Failure {
  readonly error: unknown;
}

/** What a receiver says to the other end. */
export interface ReceiverVoice {
  /** More values may come. */
  ask(count: number): void;
  /** Nobody reads on. */
  leave(): Promise<void> | void;
}

/** Node's own way to do something when the turn is over costs several times as much. */
const settled = Promise.resolve();

/**
 * Reads what the other end sends, and asks for more as it is read: at no time are more values on their way,
 * waiting or in the hands of who reads than the window holds. A read that waits gives the receiver itself, which answers
 * when the turn is over in which something came: what comes in one turn is taken together.
 */
export class SocketReceiver implements ReadyReader<unknown>, PromiseLike<Batch<unknown>> {
  readonly #window: number;
  readonly #voice: ReceiverVoice;
  #values: unknown[] = [];
  /** Asked for, and not yet here. */
  #due: number;
  /** Handed over by the last read. */
  #held = 0;
  #end: { readonly failure: Failure | undefined } | undefined;
  #resolve: ((batch: Batch<unknown>) => unknown) | undefined;
  #reject: ((error: unknown) => unknown) | undefined;
  #isWaking = false;

  /** `due` is what the other end was told already that it may send. */
  constructor(window: number, due: number, voice: ReceiverVoice) {
    this.#window = window;
    this.#due = due;
    this.#voice = voice;
  }

  /** What the stream failed with. */
  get failure(): Failure | undefined {
    return this.#end?.failure;
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Takes a value. Throws StageError `resource_exhausted` with reason `credit` for one that was not asked for. */
  give(value: unknown): void {
    if (this.#end) return; // it was on its way
    if (this.#due === 0) throw new StageError("resource_exhausted", "A value came that was not asked for; send no more values than the credit frames allow.", { reason: "credit" });
    this.#due--;
    this.#values.push(value);
    this.#wake();
  }

  /** There are no more values than those that wait. */
  end(failure?: Failure): void {
    this.#end ??= { failure };
    this.#wake();
  }

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    const values = this.#take();
    if (!this.#end) this.#ask();
    if (values) return values;
    if (this.#end) return this.#rest(this.#end);
    return this;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<unknown>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? undefined;
    this.#reject = reject ?? undefined;
    if (this.#end || this.#values.length > 0) this.#wake(); // it came before this was called
    return this as never;
  };

  close(): Promise<void> | void {
    this.#values = [];
    if (this.#end) return undefined;
    this.end();
    return this.#voice.leave();
  }

  #wake(): void {
    if (this.#isWaking || !this.#resolve) return;
    this.#isWaking = true;
    void settled.then(this.#answer);
  }

  readonly #answer = (): void => {
    const resolve = this.#resolve;
    const reject = this.#reject;
    this.#resolve = this.#reject = undefined;
    this.#isWaking = false;
    const values = this.#take();
    if (values || !this.#end?.failure) resolve?.(values);
    else reject?.(this.#end.failure.error);
  };

  #rest({ failure }: { readonly failure: Failure | undefined }): undefined {
    if (failure) throw failure.error;
  }

  /** No more than half of the window, so that the other half can be on its way meanwhile. */
  #take(): Batch<unknown> {
    const most = this.#window - (this.#window >> 1);
    const values = this.#values.length > most ? this.#values.splice(0, most) : this.#values;
    if (values === this.#values) this.#values = [];
    this.#held = values.length;
    return values.length > 0 ? values : undefined;
  }

  #ask(): void {
    const free = this.#window - this.#due - this.#values.length - this.#held;
    if (free === 0 || free < this.#window >> 1) return;
    this.#due += free;
    this.#voice.ask(free);
  }
}
