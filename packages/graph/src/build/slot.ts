/** A place in a pipeline whose stage can be replaced while values pass. */
import { bidi, StageError, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import { streamed } from "./lift.js";

interface Successor {
  readonly stage: Bidi<unknown, unknown>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Runs a stage until another is to take its place: then the input of the one ends, and the next value goes to the other. */
export class Slot {
  readonly stage: Bidi<unknown, unknown>;
  readonly #name: string;
  readonly #isRepeated: boolean;
  #current: Bidi<unknown, unknown>;
  #next: Successor | undefined;
  #valve: Valve | undefined;
  #hasEnded = false;

  /** With `isRepeated` it runs several times, so that one who comes too late for one of them is there for the next. */
  constructor(name: string, stage: AnyStage, isRepeated: boolean) {
    this.#name = name;
    this.#isRepeated = isRepeated;
    this.#current = streamed([stage]);
    const run = (input: Stream<unknown>, call: Call): Stream<unknown> => this.#run(input, call);
    this.stage = bidi(Object.defineProperty(run, "name", { value: stage.label }));
  }

  /** Resolves when the stage has taken over; one that waits already to do so is refused. */
  replace(stage: AnyStage): Promise<void> {
    if (this.#next) return Promise.reject(new StageError("failed_precondition", `${this.#name}: another element is about to take its place; await that first`, { stage: this.#name }));
    if (this.#hasEnded) return Promise.reject(this.#over());
    if (!this.#valve) {
      this.#current = streamed([stage]);
      return Promise.resolve();
    }
    const replaced = new Promise<void>((resolve, reject) => (this.#next = { stage: streamed([stage]), resolve, reject }));
    this.#valve.shut();
    return replaced;
  }

  /** Nothing more comes in. */
  end(): void {
    this.#hasEnded = true;
    this.#next?.reject(this.#over());
    this.#next = undefined;
  }

  #over(): StageError {
    return new StageError("failed_precondition", `${this.#name}: its input has ended, so nothing is left for another element`, { stage: this.#name });
  }

  async *#run(input: Stream<unknown>, call: Call): AsyncGenerator<unknown, void, undefined> {
    const valve = new Valve(input);
    this.#valve = valve;
    try {
      for (;;) {
        yield* this.#current(valve.open(), call);
        const next = this.#next;
        if (!next) return;
        this.#next = undefined;
        if (valve.isOver && !this.#isRepeated) return next.reject(this.#over());
        this.#current = next.stage;
        next.resolve();
        if (valve.isOver) return;
      }
    } finally {
      this.#valve = undefined;
      if (!this.#isRepeated) this.end();
      await valve.close();
    }
  }
}

type Result = IteratorResult<unknown, undefined>;

const ended = { done: true, value: undefined } as const;

/** A stream that can be ended for one reader and goes on for the next: what was asked for and has not come is the next one's. */
class Valve {
  readonly #source: AsyncIterator<unknown>;
  /** A read that the source has not answered, or whose answer nobody has taken. */
  #pending: Promise<Result> | undefined;
  #endRead: (() => void) | undefined;
  #isShut = false;
  isOver = false;

  constructor(input: Stream<unknown>) {
    this.#source = input[Symbol.asyncIterator]();
  }

  /** The values from here on, until it is shut. */
  open(): Stream<unknown> {
    this.#isShut = false;
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next(), return: () => this.#leave() }) };
  }

  shut(): void {
    this.#isShut = true;
    this.#endPending();
  }

  /** Ends the read that waits; its answer is left to another. */
  #endPending(): void {
    const end = this.#endRead;
    this.#endRead = undefined;
    end?.();
  }

  #next(): Promise<Result> {
    if (this.#isShut || this.isOver) return Promise.resolve(ended);
    const pending = (this.#pending ??= this.#read());
    return new Promise<Result>((resolve, reject) => {
      const end = (): void => resolve(ended);
      this.#endRead = end;
      const take = (settle: () => void): void => {
        if (this.#endRead !== end) return;
        this.#endRead = undefined;
        this.#pending = undefined;
        settle();
      };
      pending.then((result) => take(() => resolve(result)), (error: unknown) => take(() => reject(error)));
    });
  }

  async #read(): Promise<Result> {
    const result = (await this.#source.next()) as Result;
    if (result.done) this.isOver = true;
    return result;
  }

  /** A stage that leaves its input has no use for the rest; another one may have. */
  #leave(): Promise<Result> {
    this.#endPending();
    return Promise.resolve(ended);
  }

  async close(): Promise<void> {
    this.#endPending();
    await this.#source.return?.();
  }
}
