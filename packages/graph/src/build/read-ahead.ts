/** Inputs of a join that takes one after the other: queues before the later ones fill while it is at the first. */
import { readyStream, type Batch, type ReadyReader, type Stream } from "@iftk/core";
import { isBatch, readerOf } from "@iftk/core/authoring";

/** The streams, of which some are asked for their first values as soon as one of them is read: a queue reads ahead from then on. */
export function readAhead(streams: readonly Stream<unknown>[], isAhead: readonly boolean[]): readonly Stream<unknown>[] {
  if (!isAhead.includes(true)) return streams;
  const early = streams.map((stream, index) => (isAhead[index] ? new Early(stream) : undefined));
  const begin = (): void => {
    for (const one of early) one?.begin();
  };
  return streams.map((stream, index) => {
    const own = early[index] ?? new Early(stream);
    const open = (): ReadyReader<unknown> => {
      begin();
      own.begin();
      return own;
    };
    return readyStream(open, () => own.close());
  });
}

/** A reader that has asked for its first values before they are taken. */
class Early implements ReadyReader<unknown> {
  readonly #stream: Stream<unknown>;
  #reader: ReadyReader<unknown> | undefined;
  #first: (() => Batch<unknown> | PromiseLike<Batch<unknown>>) | undefined;

  constructor(stream: Stream<unknown>) {
    this.#stream = stream;
  }

  begin(): void {
    if (this.#reader) return;
    this.#reader = readerOf(this.#stream);
    try {
      const answer = this.#reader.read();
      const first = isBatch(answer) ? answer : Promise.resolve(answer);
      if (first instanceof Promise) first.catch(() => {}); // whoever takes it is told
      this.#first = () => first;
    } catch (error) {
      this.#first = () => {
        throw error;
      };
    }
  }

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    const first = this.#first;
    this.#first = undefined;
    return first ? first() : this.#reader?.read();
  }

  close(): Promise<void> | void {
    return (this.#reader ?? readerOf(this.#stream)).close?.();
  }
}
