/** Messaging as stages, so that it can be served over any wire, and messaging over such stages. */
import { outputStream, unary, type OutputStream, type SubscribeOptions, type Subscription, type Unary } from "@iftk/core";
import type { Messaging } from "./messaging.js";

/** A message and where it goes. */
export interface Addressed<Message> {
  readonly topic: string;
  readonly message: Message;
}

/** The subscription that a stage opens. */
export interface SubscribeRequest extends Pick<SubscribeOptions, "size" | "policy"> {
  readonly topic: string;
}

/** What messaging can do, each a stage. */
export interface MessagingStages<Message> {
  readonly push: Unary<Addressed<Message>, undefined>;
  readonly pull: Unary<string, Message>;
  readonly broadcast: Unary<Addressed<Message>, undefined>;
  /** Gives `undefined` once it is subscribed, then each message in an array of its own. */
  readonly subscribe: OutputStream<SubscribeRequest, readonly [Message] | undefined>;
}

/** The stages of messaging; a message that is pulled for a caller who is just gone is lost. */
export function messagingStages<Message>(messaging: Messaging<Message>): MessagingStages<Message> {
  return {
    push: unary(async function push({ topic, message }: Addressed<Message>, { signal }) {
      await messaging.push(topic, message, { signal });
      return undefined;
    }),
    pull: unary(async function pull(topic: string, { signal }) {
      return messaging.pull(topic, { signal });
    }),
    broadcast: unary(async function broadcast({ topic, message }: Addressed<Message>) {
      await messaging.broadcast(topic, message);
      return undefined;
    }),
    subscribe: outputStream(async function* subscribe({ topic, ...options }: SubscribeRequest, { signal }) {
      const messages = messaging.subscribe(topic, { ...options, signal });
      try {
        yield undefined;
        for await (const message of messages) yield [message] as const;
      } finally {
        await messages[Symbol.asyncDispose]();
      }
    }),
  };
}

/** Messaging over stages that are served elsewhere; closing it ends its subscriptions only. */
export function messagingOver<Message>(stages: MessagingStages<Message>): Messaging<Message> {
  const subscriptions = new Set<AsyncIterator<readonly [Message] | undefined>>();
  const opening = new Set<Promise<unknown>>();

  const subscribe = (topic: string, { signal, ...options }: SubscribeOptions = {}): Subscription<Message> => {
    const events = stages.subscribe({ topic, ...options }, signal && { signal })[Symbol.asyncIterator]();
    const opened = events.next();
    opened.then(() => opening.delete(opened), () => opening.delete(opened));
    opening.add(opened);
    subscriptions.add(events);
    const leave = async (): Promise<IteratorResult<Message, undefined>> => {
      subscriptions.delete(events);
      await events.return?.();
      return { done: true, value: undefined };
    };
    const next = async (): Promise<IteratorResult<Message, undefined>> => {
      let isOn = false;
      try {
        await opened;
        const result = await events.next();
        isOn = !result.done;
        return result.done ? { done: true, value: undefined } : { done: false, value: (result.value as readonly [Message])[0] };
      } finally {
        if (!isOn) subscriptions.delete(events);
      }
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: leave }), [Symbol.asyncDispose]: async () => void (await leave()) };
  };
  const close = async (): Promise<void> => {
    await Promise.all([...subscriptions].map(async (events) => events.return?.()));
    subscriptions.clear();
  };
  return {
    push: async (topic, message, options) => stages.push({ topic, message }, options),
    pull: async (topic, options) => stages.pull(topic, options),
    async broadcast(topic, message) {
      await Promise.allSettled(opening); // what was subscribed to before is to hear it
      await stages.broadcast({ topic, message });
    },
    subscribe,
    close,
    [Symbol.asyncDispose]: close,
  };
}
