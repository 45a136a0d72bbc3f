/** The events of a reply that streams. */
import { from, outputStream, ready, readyStream, StageError, type Batch, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";
import { sseReader, type SseEvent } from "@iftk/wire";
import { networkFailure } from "./network-failure.js";

/** How the events of a reply are read. */
export interface SseEventsOptions {
  /** Whom errors name. */
  readonly provider: string;
  /** Ends the reading; without it, whoever reads within a stage is ended by that. */
  readonly signal?: AbortSignal | undefined;
  /** Whether an event is the provider's terminal mark. It is given, and the reply is over. */
  readonly isLast: (event: SseEvent) => boolean;
  /** Characters that one event may hold; 16 Mi by default. */
  readonly maxEventSize?: number | undefined;
}

// Taken at load, so that a test's virtual clock does not keep a connection open.
const { setTimeout, clearTimeout } = globalThis;

/** Milliseconds that a reply has to end after its last event, before its connection is cut. */
const grace = 200;

/**
 * The events of a reply, all that came in one network read at once.
 *
 * Throws StageError `unavailable`, reason `truncated`, where the bytes end or the network fails before the terminal mark,
 * `resource_exhausted`, reason `too-large`, for an event that is larger than allowed, and the signal's reason when it fires.
 * The body is let go at every exit.
 */
export function sseEvents(bytes: Stream<Uint8Array> | ReadableStream<Uint8Array>, options: SseEventsOptions): Stream<SseEvent> {
  const { signal } = options;
  const pieces = asStream(bytes);
  if (!signal) return readyStream(() => new EventReader(pieces[ready](), options), () => pieces[ready]().close?.());
  // The pieces are no input of the stage, which would close them when it ends: their connection may be of further use.
  const events = outputStream(function sseEvents() {
    return readyStream(() => new EventReader(pieces[ready](), options));
  });
  const open = (): ReadyReader<SseEvent> => from(events(undefined, { signal }))[ready]();
  return readyStream(open, () => pieces[ready]().close?.());
}

/** The bytes as a stream that can be read in batches, and be closed unread. */
function asStream(bytes: Stream<Uint8Array> | ReadableStream<Uint8Array>): ReadyStream<Uint8Array> {
  if (!("getReader" in bytes)) return from(bytes);
  return readyStream(() => from(bytes)[ready](), () => bytes.cancel());
}

class EventReader implements ReadyReader<SseEvent> {
  readonly #bytes: ReadyReader<Uint8Array>;
  readonly #options: SseEventsOptions;
  readonly #parser: ReturnType<typeof sseReader>;
  /** Set when nothing more is read: what the next read gives. */
  #rest: (() => undefined) | undefined;

  constructor(bytes: ReadyReader<Uint8Array>, options: SseEventsOptions) {
    this.#bytes = bytes;
    this.#options = options;
    this.#parser = sseReader(options.maxEventSize === undefined ? {} : { maxEventSize: options.maxEventSize });
  }

  read(): Batch<SseEvent> | PromiseLike<Batch<SseEvent>> {
    if (this.#rest) return this.#rest();
    try {
      const pieces = this.#bytes.read();
      return isThenable(pieces) ? pieces.then(this.#take, this.#fail) : this.#take(pieces);
    } catch (error) {
      return this.#fail(error);
    }
  }

  close(): Promise<void> | void {
    return this.#rest ? undefined : this.#bytes.close?.();
  }

  readonly #take = (pieces: Batch<Uint8Array>): Batch<SseEvent> => {
    const { provider, isLast } = this.#options;
    if (!pieces) throw new StageError("unavailable", `${provider}: the reply ended without its terminal mark`, { reason: "truncated" });
    const events: SseEvent[] = [];
    try {
      for (const piece of pieces) {
        for (const event of this.#parser.push(piece)) {
          events.push(event);
          if (!isLast(event)) continue;
          this.#rest = () => undefined;
          letEnd(this.#bytes);
          return events;
        }
      }
    } catch (error) {
      this.#rest = () => {
        throw error;
      };
      closeQuietly(this.#bytes);
      return events.length > 0 ? events : this.#rest();
    }
    return events;
  };

  readonly #fail = (error: unknown): never => {
    throw networkFailure(this.#options.provider, error, "within");
  };
}

const isThenable = <T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> => typeof (answer as PromiseLike<T> | undefined)?.then === "function";

/** Lets a body that is about to end do so, since its connection can then serve the next call; one that does not is cut. */
function letEnd(bytes: ReadyReader<Uint8Array>): void {
  const close = (): void => closeQuietly(bytes);
  const timer = setTimeout(close, grace);
  const done = (): void => clearTimeout(timer);
  const onMore = (more: Batch<Uint8Array>): void => {
    done();
    if (more) close();
  };
  try {
    const more = bytes.read();
    if (isThenable(more)) more.then(onMore, done);
    else onMore(more);
  } catch {
    done();
  }
}

/** Closes what has been read as far as it was wanted: what goes wrong then changes nothing. */
function closeQuietly(bytes: ReadyReader<Uint8Array>): void {
  Promise.resolve(bytes.close?.()).catch(() => {});
}
