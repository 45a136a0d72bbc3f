/** A subscriber at work: it handles its events one after another, whatever happens to one of them. */
import { StageError } from "./error.js";
import { matches, type Attachment, type EventFilter, type Publisher, type Subscriber } from "./pub-sub.js";
import { bidi, unary, type CallOptions } from "./stage.js";
import type { Stream } from "./stream.js";

/** What a subscriber is to its bus, whatever it hears and says. */
export type AnySubscriber<Event> = Omit<Subscriber<Event>, "subscribesTo" | "publishes" | "onEvent" | "shutdown"> & {
  readonly subscribesTo?: EventFilter<Event> | undefined;
  readonly publishes?: EventFilter<Event> | undefined;
  onEvent(event: Event, bus: Publisher<Event>): void | Promise<void>;
  shutdown?(bus: Publisher<Event>): void | Promise<void>;
};

/** What a bus lends to the subscriber it runs. */
export interface Lent<Event> {
  /** The events for the subscriber; they end after `end`. */
  readonly events: Stream<Event>;
  readonly end: () => void;
  readonly publish: (event: Event) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly onOver: () => void;
  /** Fires when nothing is waited for any more. */
  readonly signal: AbortSignal;
}

/** A run of its own: fair to the event loop, however fast the events come. */
const passOn = bidi(<Event>(events: Stream<Event>) => events) as <Event>(events: Stream<Event>, call: CallOptions) => Stream<Event>;

/** Runs a subscriber until its events end. What it throws is told, and it is given the next event. */
export function runSubscriber<Event>(subscriber: AnySubscriber<Event>, { events, end, publish, onError, onOver, signal }: Lent<Event>): Attachment {
  const bus: Publisher<Event> = {
    signal,
    publish(event) {
      if (matches(subscriber.publishes ?? [], event)) return publish(event);
      throw new StageError("invalid_argument", `${subscriber.name}: an event of type ${String((event as { type?: unknown })?.type)} is not among those it publishes`);
    },
  };
  // What onError itself throws is an unhandled rejection: loud, and it stops no one here.
  const tell = (error: unknown): void => void (async () => onError(error))();
  const guard = async (act: () => unknown): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) tell(error);
    }
  };
  const running = guard(async () => {
    for await (const event of passOn(events, { signal })) await guard(() => subscriber.onEvent(event, bus));
  })
    .then(() => guard(() => subscriber.shutdown?.(bus)))
    .finally(onOver);
  const close = async (): Promise<void> => {
    end();
    await unary(() => running)(undefined, { signal }).catch(() => {}); // it rejects only for the signal
  };
  return { close, [Symbol.asyncDispose]: close };
}
