/** Where an operator that waits for more than its source waits: for any of its streams, and for the time. */
import { bidi, StageError, type Bidi, type Call, type Stream } from "@iftk/core";
import { Inlet, now, type InletOptions, type Reader } from "./inlet.js";
import { openSource, type StreamSource } from "./stream-source.js";

/** The longest wait that a timer can be set to. */
const longestWait = 2 ** 31 - 1;

const ended = { done: true, value: undefined } as const;

const left = (): StageError => new StageError("canceled", "the consumer stopped reading");

/** One run of an operator: its streams, its timer, and how they are all closed. */
export class Desk implements Reader {
  readonly call: Call;
  readonly #inlets = new Set<Inlet<unknown>>();
  #wake: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  /** Reads the stream that the stage was given. */
  open<T>(input: Stream<T>, options?: InletOptions): Inlet<T> {
    const inlet = new Inlet(() => input, this, options);
    this.#inlets.add(inlet);
    return inlet;
  }

  /** Reads another stream: leaving settles its reads, however deaf it is. */
  openOther<T>(source: StreamSource<T>, options?: InletOptions): Inlet<T> {
    return this.open(openSource(source, this.call), options);
  }

  /** Closes an inlet and forgets it, with what it held. */
  drop(inlet: Inlet<unknown>): Promise<void> {
    this.#inlets.delete(inlet);
    return inlet.close();
  }

  /** Settles at an arrival, or when the clock has reached the time; rejects when the consumer leaves. */
  wait(due?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.check();
      const timer = due === undefined ? undefined : setTimeout(() => this.#wake(), Math.min(Math.max(due - now(), 0), longestWait));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        if (this.#closing) reject(left());
        else resolve();
      };
    });
  }

  /** The inlet that holds the earliest arrival, which is to be taken; undefined when the time came before. */
  async next(due?: number): Promise<Inlet<unknown> | undefined> {
    const found = this.#earliest();
    if (found) return found;
    await this.wait(due);
    return this.#earliest();
  }

  #earliest(): Inlet<unknown> | undefined {
    let earliest: Inlet<unknown> | undefined;
    for (const inlet of this.#inlets) if ((inlet.first?.order ?? Infinity) < (earliest?.first?.order ?? Infinity)) earliest = inlet;
    return earliest;
  }

  check(): void {
    if (this.#closing) throw left();
  }

  /** Has the operator look again at what it waits for. */
  wake(): void {
    this.#wake();
  }

  /** Clears the timer, wakes the operator and closes every stream that it reads. */
  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    // Assigned before the operator is woken, which tells it that it is over.
    const closed = Promise.withResolvers<void>();
    this.#closing = closed.promise;
    this.#closing.catch(() => {}); // told to whoever waits for it
    this.#wake();
    Promise.allSettled([...this.#inlets].map((inlet) => inlet.close())).then(
      (outcomes) => {
        const failed = outcomes.find((outcome) => outcome.status === "rejected");
        if (failed) closed.reject(failed.reason);
        else closed.resolve();
      },
      closed.reject,
    );
    return this.#closing;
  }
}

/**
 * Declares a bidi stage whose body waits at a desk, so that leaving reaches it wherever it waits.
 *
 * The body may await only what the desk gives; whatever it opened there is closed for it at each exit.
 */
export function attentive<In, Out>(body: (desk: Desk, input: Stream<In>) => AsyncGenerator<Out, void, undefined>): Bidi<In, Out> {
  const run = (input: Stream<In>, call: Call): Stream<Out> => ({
    [Symbol.asyncIterator](): AsyncIterator<Out, undefined> {
      const desk = new Desk(call);
      const output = body(desk, input);
      return {
        async next() {
          try {
            const result = await output.next();
            if (!result.done) return result;
          } catch (error) {
            await desk.close().catch(() => {});
            throw error;
          }
          await desk.close();
          return ended;
        },
        async return() {
          const closing = desk.close();
          await output.return();
          await closing;
          return ended;
        },
      };
    },
  });
  return bidi(Object.defineProperty(run, "name", { value: body.name }));
}
