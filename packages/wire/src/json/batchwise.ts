/** Stages that answer a ready batch of inputs as a whole. */
import { from, ready, readyStream, type Batch, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";

/** What such a stage does in one run. */
export interface BatchRun<In, Out> {
  /** What it gives for inputs that came together. */
  take(inputs: readonly In[]): readonly Out[];
  /** What it still gives after the last input. */
  end(): readonly Out[];
  /** What is thrown after the values that were given. */
  readonly error: Error | undefined;
}

/** The stream of what a run, opened by the first read, gives for each ready batch of the input. */
export function batchwise<In, Out>(input: Stream<In>, open: () => BatchRun<In, Out>): Stream<Out> {
  return readyStream(() => new BatchReader(((ready in input ? input : from(input)) as ReadyStream<In>)[ready](), open()));
}

class BatchReader<In, Out> implements ReadyReader<Out> {
  readonly #input: ReadyReader<In>;
  readonly #run: BatchRun<In, Out>;
  #isOver = false;

  constructor(input: ReadyReader<In>, run: BatchRun<In, Out>) {
    this.#input = input;
    this.#run = run;
  }

  read(): Batch<Out> | PromiseLike<Batch<Out>> {
    while (!this.#isOver) {
      const batch = this.#next();
      if (batch && "then" in batch) return this.#wait(batch);
      const values = this.#answer(batch);
      if (values.length > 0) return values;
    }
    return undefined;
  }

  async #wait(first: PromiseLike<Batch<In>>): Promise<Batch<Out>> {
    let values = this.#answer(await first);
    while (values.length === 0 && !this.#isOver) values = this.#answer(await this.#next());
    return values.length > 0 ? values : undefined;
  }

  #next(): Batch<In> | PromiseLike<Batch<In>> {
    if (this.#run.error) throw this.#run.error;
    return this.#input.read();
  }

  #answer(batch: Batch<In>): readonly Out[] {
    if (batch) return this.#run.take(batch);
    this.#isOver = true;
    return this.#run.end();
  }

  close(): Promise<void> | void {
    return this.#input.close?.();
  }
}
