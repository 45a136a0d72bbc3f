/** Messaging within a process, over a bus. */
import { createPubSub, StageError, type PubSub, type SubscribeOptions, type Subscription } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import type { Messaging, MessagingOptions } from "./messaging.js";
import { TopicQueue } from "./topic-queue.js";

/** A broadcast as it goes over the bus. */
export interface Broadcast<Message> {
  readonly type: "broadcast";
  /** Whose it is; nobody else hears it. */
  readonly user: string;
  readonly topic: string;
  readonly message: Message;
}

/** Who shares the messages, over what, and how many may wait. */
export interface CreateMessagingOptions<Message> {
  /** The bus that carries broadcasts, which outlives the messaging; one of its own when left out. */
  readonly bus?: PubSub<Broadcast<Message>>;
  /** Keeps the broadcasts of one user apart from those of others on the same bus. */
  readonly user?: string;
  /** Messages that may wait in the queue of one topic; 64 by default. */
  readonly size?: number;
  /** With a full queue, `block` (the default) holds up who pushes, and `error` refuses with StageError `resource_exhausted`. */
  readonly policy?: "block" | "error";
  /** Topics that may have messages or waiting callers at once; 4096 by default. */
  readonly maxTopics?: number;
}

/**
 * Gives queues and broadcasts by topic. Queues are its own; whoever is to share them is given the same one.
 *
 * @throws StageError `invalid_argument` for a size that is no whole number from 1 on.
 */
export function createMessaging<Message = unknown>(options: CreateMessagingOptions<Message> = {}): Messaging<Message> {
  return new LocalMessaging(options);
}

class LocalMessaging<Message> implements Messaging<Message> {
  readonly #bus: PubSub<Broadcast<Message>>;
  readonly #isBusOurs: boolean;
  readonly #user: string;
  readonly #size: number;
  readonly #isRefusing: boolean;
  readonly #maxTopics: number;
  readonly #queues = new Map<string, TopicQueue<Message>>();
  readonly #stop = new AbortController();
  /** Those that are not over, which a bus of others would keep. */
  readonly #subscriptions = new Set<AsyncDisposable>();

  constructor({ bus, user = "", size = 64, policy = "block", maxTopics = 4096 }: CreateMessagingOptions<Message>) {
    this.#isBusOurs = bus === undefined;
    this.#bus = bus ?? createPubSub<Broadcast<Message>>({ onError: () => {} });
    this.#user = user;
    this.#size = requireNumber("messaging: size", size, 1, "whole");
    this.#isRefusing = policy === "error";
    this.#maxTopics = requireNumber("messaging: maxTopics", maxTopics, 1, "whole");
  }

  async push(topic: string, message: Message, { signal }: MessagingOptions = {}): Promise<void> {
    await this.#with(topic, signal, (queue) => queue.push(message, signal));
  }

  async pull(topic: string, { signal }: MessagingOptions = {}): Promise<Message> {
    return this.#with(topic, signal, (queue) => queue.pull(signal));
  }

  async broadcast(topic: string, message: Message): Promise<void> {
    this.#check();
    await this.#bus.publish({ type: "broadcast", user: this.#user, topic, message });
  }

  subscribe(topic: string, options: SubscribeOptions = {}): Subscription<Message> {
    this.#check();
    const { signal } = options;
    const events = this.#bus.subscribe((event: Broadcast<Message>) => event.user === this.#user && event.topic === topic, options);
    const leave = (): void => {
      this.#subscriptions.delete(events);
      signal?.removeEventListener("abort", leave);
    };
    this.#subscriptions.add(events);
    signal?.addEventListener("abort", leave, { once: true });
    return {
      [Symbol.asyncDispose]() {
        leave();
        return events[Symbol.asyncDispose]();
      },
      [Symbol.asyncIterator]: () => messagesOf(events[Symbol.asyncIterator](), leave),
    };
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    for (const queue of this.#queues.values()) queue.close(closed());
    this.#queues.clear();
    if (this.#isBusOurs) return this.#bus.shutdown();
    await Promise.all([...this.#subscriptions].map((subscription) => subscription[Symbol.asyncDispose]()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #with<T>(topic: string, signal: AbortSignal | undefined, use: (queue: TopicQueue<Message>) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#check();
    const queue = this.#queues.get(topic) ?? this.#open(topic);
    try {
      return await use(queue);
    } finally {
      if (queue.isIdle && this.#queues.get(topic) === queue) this.#queues.delete(topic);
    }
  }

  #open(topic: string): TopicQueue<Message> {
    if (this.#queues.size >= this.#maxTopics) throw new StageError("resource_exhausted", `messaging: ${this.#maxTopics} topics are in use; pull what waits in them, or raise maxTopics`);
    const queue = new TopicQueue<Message>(topic, this.#size, this.#isRefusing);
    this.#queues.set(topic, queue);
    return queue;
  }

  #check(): void {
    if (this.#stop.signal.aborted) throw closed();
  }
}

/** The messages of events; `leave` is called once no more come. */
function messagesOf<Message>(events: AsyncIterator<Broadcast<Message>>, leave: () => void): AsyncIterator<Message, undefined> {
  return {
    async next() {
      let result: IteratorResult<Broadcast<Message>> | undefined;
      try {
        result = await events.next();
        return result.done ? { done: true, value: undefined } : { done: false, value: result.value.message };
      } finally {
        if (!result || result.done) leave();
      }
    },
    async return() {
      leave();
      await events.return?.();
      return { done: true, value: undefined };
    },
  };
}

const closed = (): StageError => new StageError("failed_precondition", "messaging: it is closed", { reason: "closed" });
