/** The bus of one process. */
import { StageError } from "./error.js";
import type { Attachment, EventFilter, EventOf, PubSub, SubscribeOptions, Subscriber, Subscription } from "./pub-sub.js";
import { runSubscriber, type AnySubscriber } from "./pub-sub-subscriber.js";
import { BufferedSubscription } from "./pub-sub-subscription.js";
import type { Failure } from "./scope.js";

/** What a bus needs to know. */
export interface PubSubOptions {
  /** Is told what a subscriber throws, and by its name which one; the others go on, and so does it. */
  readonly onError: (error: unknown, subscriber: string) => void;
}

/** A publisher that waits, and the subscription it waits for. */
interface Wait<Event> {
  readonly publisher: BufferedSubscription<Event>;
  readonly subscription: BufferedSubscription<Event>;
}

/** Gives a bus of events within this process. */
export function createPubSub<Event>(options: PubSubOptions): PubSub<Event> {
  return new LocalPubSub<Event>(options);
}

class LocalPubSub<Event> implements PubSub<Event> {
  readonly #options: PubSubOptions;
  readonly #subscriptions = new Set<BufferedSubscription<Event>>();
  readonly #attachments = new Set<Attachment>();
  readonly #waits = new Set<Wait<Event>>();
  readonly #stop = new AbortController();
  #shutting: Promise<void> | undefined;

  constructor(options: PubSubOptions) {
    this.#options = options;
  }

  publish(event: Event): Promise<void> {
    const published = this.#shutting ? Promise.reject(refusal()) : this.#deliver(event);
    published.catch(() => {}); // an event that nobody awaits harms no one else
    return published;
  }

  subscribe<const Filter extends EventFilter<Event> = EventFilter<Event>>(filter?: Filter, options: SubscribeOptions = {}): Subscription<EventOf<Event, NoInfer<Filter>>> {
    return this.#subscribe(filter, options) as Subscription<never>;
  }

  attach<const Hears extends EventFilter<Event> = EventFilter<Event>, const Says extends EventFilter<Event> = never>(subscriber: Subscriber<Event, Hears, Says>): Attachment {
    const { name, subscribesTo } = subscriber;
    const events = this.#subscribe(subscribesTo, subscriber);
    const attachment = runSubscriber(subscriber as unknown as AnySubscriber<Event>, {
      events,
      end: () => events.end(),
      publish: (event) => this.#deliver(event, events),
      onError: (error) => this.#options.onError(error, name),
      onOver: () => void this.#attachments.delete(attachment),
      signal: this.#stop.signal,
    });
    this.#attachments.add(attachment);
    return attachment;
  }

  async shutdown({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const onAbort = (): void => {
      const failure: Failure = { error: signal?.reason };
      this.#stop.abort(failure.error);
      for (const subscription of this.#subscriptions) subscription.drop(failure);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#shutting ??= this.#drain();
      if (signal?.aborted) onAbort();
      await this.#shutting;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #drain(): Promise<void> {
    for (const attachment of this.#attachments) await attachment.close();
    for (const subscription of this.#subscriptions) subscription.end();
  }

  #subscribe(filter: EventFilter<Event> | undefined, options: SubscribeOptions): BufferedSubscription<Event> {
    if (this.#shutting) throw refusal();
    return new BufferedSubscription<Event>(filter, options, this.#subscriptions);
  }

  async #deliver(event: Event, publisher?: BufferedSubscription<Event>): Promise<void> {
    const taken: Promise<void>[] = [];
    for (const subscription of this.#subscriptions) {
      const held = subscription.offer(event, () => publisher !== undefined && this.#isHeldBy(subscription, publisher));
      if (!held) continue;
      taken.push(held);
      if (!publisher) continue;
      const wait = { publisher, subscription };
      this.#waits.add(wait);
      const over = (): void => void this.#waits.delete(wait);
      held.then(over, over);
    }
    await Promise.all(taken);
  }

  /** Whether the subscription can give room only after the publisher went on: no ring of waits ever comes to be. */
  #isHeldBy(subscription: BufferedSubscription<Event>, publisher: BufferedSubscription<Event>): boolean {
    return subscription === publisher || [...this.#waits].some((wait) => wait.publisher === subscription && this.#isHeldBy(wait.subscription, publisher));
  }
}

function refusal(): StageError {
  return new StageError("failed_precondition", "publish: the bus is shut down", { reason: "closed" });
}
