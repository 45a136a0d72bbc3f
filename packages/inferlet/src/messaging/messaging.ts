/** Queues and broadcasts by topic. */
import type { SubscribeOptions, Subscription } from "@iftk/core";

/** Ends a push or a pull that waits. */
export interface MessagingOptions {
  readonly signal?: AbortSignal;
}

/** What programs may do with messages: a queue for each topic, and broadcasts to whoever is subscribed to one. The two do not meet. */
export interface Topics<Message = unknown> {
  /**
   * Puts a message at the end of the queue of a topic; resolves when it is in the queue, or pulled. A full queue holds it up.
   *
   * @throws StageError `resource_exhausted` when 1024 pushes to the topic wait already, or where a full queue refuses;
   * `failed_precondition` with reason `closed`; the reason of the signal, and then the message is not in the queue.
   */
  push(topic: string, message: Message, options?: MessagingOptions): Promise<void>;
  /**
   * The oldest message of a topic, for this caller alone; those who wait are served in order.
   *
   * @throws StageError `failed_precondition` with reason `closed`; the reason of the signal, and then no message is taken.
   */
  pull(topic: string, options?: MessagingOptions): Promise<Message>;
  /** Gives a message to all who are subscribed to the topic now; resolves when each of them has room for it. */
  broadcast(topic: string, message: Message): Promise<void>;
  /** The broadcasts of a topic from now on, without end; with no room left for one, its policy says what happens, and `block`, the default, loses nothing. */
  subscribe(topic: string, options?: SubscribeOptions): Subscription<Message>;
}

/** Messages between programs, and their end. */
export interface Messaging<Message = unknown> extends Topics<Message>, AsyncDisposable {
  /** Refuses who waits and takes no more; subscriptions end, when what they hold is read unless the bus is shared with others. */
  close(): Promise<void>;
}
