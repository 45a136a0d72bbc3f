/** Several streams side by side, or one after another. */
import { Inlet, leaveAll, type InletListener } from "./inlet.js";
import { flatMap } from "./operators.js";
import type { Batch, ReadyReader } from "./ready.js";
import { readyStream, start, stepsOf } from "./run.js";
import type { Failure } from "./scope.js";
import type { Stream } from "./stream.js";
import { Turns } from "./turns.js";

type ValueOf<S> = S extends Stream<infer T> ? T : never;

/** Gives the values of the streams one stream after the other; each is opened when the one before has ended. */
export function concat<S extends readonly Stream<unknown>[]>(...streams: S): Stream<ValueOf<S[number]>> {
  let next = 0;
  const rest = (): Promise<void> => leaveAll(streams.slice(next));
  const queue = readyStream(() => ({ read: () => (next < streams.length ? [streams[next++]] : undefined), close: rest }), rest);
  return start(stepsOf(flatMap((stream: Stream<unknown>) => stream)), queue);
}

/** Gives the first values of all streams, then the second ones; it ends with the shortest and closes the others. */
export function zip<S extends readonly Stream<unknown>[]>(...streams: S): Stream<{ -readonly [K in keyof S]: ValueOf<S[K]> }> {
  return readyStream(() => new Zipped(streams) as ReadyReader<never>, () => leaveAll(streams));
}

/** A source with those of its values that were not taken yet. */
interface Column {
  readonly inlet: Inlet<unknown>;
  values: readonly unknown[];
  index: number;
}

class Zipped implements ReadyReader<unknown[]>, InletListener<unknown> {
  readonly #columns: readonly Column[];
  readonly #turns = new Turns();
  #isOver: boolean;
  #failure: Failure | undefined;

  constructor(streams: readonly Stream<unknown>[]) {
    this.#columns = streams.map((stream) => ({ inlet: new Inlet(stream, this), values: [], index: 0 }));
    this.#isOver = streams.length === 0;
  }

  read(): Batch<unknown[]> | Promise<Batch<unknown[]>> {
    for (const column of this.#columns) if (column.index >= column.values.length && !this.#isOver) column.inlet.read();
    return this.#row() ?? (this.#isOver ? this.#leave() : this.#turns.add());
  }

  /** The next row, once every column has a value. */
  #row(): [unknown[]] | undefined {
    if (this.#isOver || !this.#columns.every((column) => column.index < column.values.length)) return undefined;
    return [this.#columns.map((column) => column.values[column.index++])];
  }

  async #leave(): Promise<undefined> {
    const closing = this.close();
    if (this.#failure) {
      await closing.catch(() => {});
      throw this.#failure.error;
    }
    await closing;
  }

  onValues(values: readonly unknown[], inlet: Inlet<unknown>): void {
    const column = this.#columns.find((other) => other.inlet === inlet);
    if (column) Object.assign(column, { values, index: 0 });
    if (values.length === 0) inlet.read();
    if (this.#turns.isEmpty) return;
    const row = this.#row();
    if (row) this.#turns.resolve(row);
  }

  onValue(value: unknown, inlet: Inlet<unknown>): void {
    this.onValues([value], inlet);
  }

  onEnd(failure: Failure | undefined): void {
    this.#isOver = true;
    this.#failure ??= failure;
    if (!this.#turns.isEmpty) this.#turns.resolve(this.#leave());
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#columns.map((column) => column.inlet.close()));
  }
}
