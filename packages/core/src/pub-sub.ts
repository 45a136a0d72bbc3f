/** A bus of typed events: what each subscriber publishes and hears is known to the compiler. */
import type { BufferPolicy } from "./backlog.js";
import type { Stream } from "./stream.js";

type TypeOf<Event> = Event extends { readonly type: infer T extends string } ? T : never;

/** Which events are meant: by their `type`, by several of those, or by a function that says so (a type guard narrows). */
export type EventFilter<Event> = TypeOf<Event> | readonly TypeOf<Event>[] | ((event: Event) => boolean);

/** The events that a filter lets through. */
export type EventOf<Event, Filter> = Filter extends (event: Event) => event is (infer E extends Event)
  ? E
  : Filter extends readonly (infer T)[]
    ? Extract<Event, { readonly type: T }>
    : Filter extends string
      ? Extract<Event, { readonly type: Filter }>
      : Event;

/** The buffer of a subscription, and what ends it. */
export interface SubscribeOptions {
  /** Events that may wait in the buffer; 64 by default. */
  readonly size?: number;
  /**
   * With no room left, `block` (the default) makes the publisher wait, `drop-oldest` drops the oldest event,
   * `drop-newest` the one that came, `latest` keeps the new one only whatever the size, and `error` ends the subscription with StageError `resource_exhausted`.
   */
  readonly policy?: BufferPolicy;
  /** Ends the subscription when it fires; its reason is the failure. */
  readonly signal?: AbortSignal;
}

/** The events of a subscription; whoever does not read it to its end leaves or disposes of it. */
export interface Subscription<Event> extends Stream<Event>, AsyncDisposable {}

/** What a subscriber may do on the bus. */
export interface Publisher<Event> {
  /**
   * Publishes an event; resolves like that of the bus.
   *
   * Throws StageError `invalid_argument` at once for an event that is not among those it `publishes`,
   * and rejects with `resource_exhausted` where waiting could never end: the buffers are full all the way back to this subscriber.
   */
  publish(event: Event): Promise<void>;
  /** Fires when the bus is shut down without waiting. */
  readonly signal: AbortSignal;
}

/** Handles events one after another, and publishes others. */
export interface Subscriber<Event, Hears extends EventFilter<Event> = EventFilter<Event>, Says extends EventFilter<Event> = never> extends Omit<SubscribeOptions, "signal"> {
  readonly name: string;
  /** The events it is given; all of them when left out. */
  readonly subscribesTo?: Hears;
  /** The events it may publish; none when left out. */
  readonly publishes?: Says;
  onEvent(event: EventOf<Event, Hears>, bus: Publisher<EventOf<Event, Says>>): void | Promise<void>;
  /** Called once, after its last event; it may publish what it has kept back. */
  shutdown?(bus: Publisher<EventOf<Event, Says>>): void | Promise<void>;
}

/** A subscriber that is on a bus. */
export interface Attachment extends AsyncDisposable {
  /** Takes it off the bus; resolves when it has handled what waits for it and is shut down. */
  close(): Promise<void>;
}

/** A bus of events. Every subscriber is given the events of one publisher in the order of publishing. */
export interface PubSub<Event> extends AsyncDisposable {
  /**
   * Hands the event at once to every subscription that has room; resolves when those that had none have taken it too.
   * It may be left unawaited.
   *
   * @throws StageError `failed_precondition` with reason `closed` after shutdown, `resource_exhausted` when 1024
   * events already wait for one subscription.
   */
  publish(event: Event): Promise<void>;
  /** The events from now on, those of the filter only. */
  subscribe<const Filter extends EventFilter<Event> = EventFilter<Event>>(filter?: Filter, options?: SubscribeOptions): Subscription<EventOf<Event, NoInfer<Filter>>>;
  /** Puts a subscriber on the bus. */
  attach<const Hears extends EventFilter<Event> = EventFilter<Event>, const Says extends EventFilter<Event> = never>(subscriber: Subscriber<Event, Hears, Says>): Attachment;
  /**
   * Takes no more events, then closes subscribers in the order of their attachment: each handles what waits for it
   * and may publish to those after it. Subscriptions end when what they hold is read.
   *
   * When the signal fires it waits no longer: what waits is dropped, subscriptions fail with the reason, and deaf subscribers are abandoned.
   */
  shutdown(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** Whether a filter lets an event through. */
export function matches<Event>(filter: EventFilter<Event> | undefined, event: Event): boolean {
  if (filter === undefined) return true;
  if (typeof filter === "function") return filter(event);
  const { type } = event as { type: TypeOf<Event> };
  return typeof filter === "string" ? filter === type : filter.includes(type);
}
