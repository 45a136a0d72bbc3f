/** Several streams as one. */
import { Inlet, leaveAll, type InletListener } from "./inlet.js";
import type { Batch, ReadyReader } from "./ready.js";
import { readyStream } from "./run.js";
import type { Failure } from "./scope.js";
import type { Stream } from "./stream.js";

type ValueOf<S> = S extends Stream<infer T> ? T : never;

/** Gives the values of all streams as they come; it ends when all have ended, and fails when one fails. Each is read again only after its value was taken. */
export function merge<S extends readonly Stream<unknown>[]>(...streams: S): Stream<ValueOf<S[number]>> {
  return readyStream(() => new Merged<ValueOf<S[number]>>(streams), () => leaveAll(streams));
}

/** Gives the values of the stream that answers first, be it with its end or an error, and leaves the others. */
export function race<S extends readonly Stream<unknown>[]>(...streams: S): Stream<ValueOf<S[number]>> {
  return readyStream(() => new Merged<ValueOf<S[number]>>(streams, true), () => leaveAll(streams));
}

class Merged<T> implements ReadyReader<T>, InletListener<T> {
  readonly #inlets: Set<Inlet<T>>;
  readonly #isRace: boolean;
  /** Those to read from next. */
  #idle: Inlet<T>[];
  #values: T[] = [];
  #failure: Failure | undefined;
  #wake: (() => void) | undefined;
  #leaving: Promise<unknown> | undefined;

  constructor(streams: readonly Stream<unknown>[], isRace = false) {
    this.#idle = streams.map((stream) => new Inlet<T>(stream, this));
    this.#inlets = new Set(this.#idle);
    this.#isRace = isRace;
  }

  read(): Batch<T> | Promise<Batch<T>> {
    const idle = this.#idle;
    this.#idle = [];
    for (const inlet of idle) inlet.read();
    return this.#isReady ? this.#take() : new Promise<void>((resolve) => (this.#wake = resolve)).then(this.#take);
  }

  get #isReady(): boolean {
    return this.#values.length > 0 || this.#inlets.size === 0 || this.#failure !== undefined;
  }

  /** What has come until now: with many sources it is more than what woke the reader. */
  readonly #take = (): Batch<T> | Promise<Batch<T>> => {
    const values = this.#values;
    this.#values = [];
    if (values.length > 0) return values;
    if (!this.#failure) return this.#leaving?.then(() => undefined);
    const { error } = this.#failure;
    return this.close().then(
      () => Promise.reject(error),
      () => Promise.reject(error),
    );
  };

  onValues(values: readonly T[], inlet: Inlet<T>): void {
    if (this.#isRace) this.#decide(inlet);
    for (const value of values) this.#values.push(value);
    this.#idle.push(inlet);
    this.#wakeUp();
  }

  onValue(value: T, inlet: Inlet<T>): void {
    if (this.#isRace) this.#decide(inlet);
    this.#values.push(value);
    this.#idle.push(inlet);
    if (this.#wake) this.#wakeUp();
  }

  onEnd(failure: Failure | undefined, inlet: Inlet<T>): void {
    if (this.#isRace) this.#decide(inlet);
    this.#inlets.delete(inlet);
    this.#failure ??= failure;
    if (this.#isReady) this.#wakeUp();
  }

  /** The first to answer wins a race. */
  #decide(winner: Inlet<T>): void {
    if (this.#inlets.size === 1) return;
    const losers = [...this.#inlets].filter((inlet) => inlet !== winner);
    for (const loser of losers) this.#inlets.delete(loser);
    this.#idle = [];
    this.#leaving = Promise.all(losers.map((loser) => loser.close()));
    this.#leaving.catch((error: unknown) => (this.#failure ??= { error }));
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async close(): Promise<void> {
    const inlets = [...this.#inlets];
    this.#inlets.clear();
    await Promise.all([this.#leaving, ...inlets.map((inlet) => inlet.close())]);
  }
}
