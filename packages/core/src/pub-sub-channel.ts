/** A bus as a stage and as a channel: what is written is published, and what is published is read. */
import { open, type Channel, type ChannelOptions } from "./channel.js";
import type { EventFilter, EventOf, PubSub, SubscribeOptions } from "./pub-sub.js";
import type { Failure } from "./scope.js";
import { bidi, type AnyStage, type Bidi } from "./stage.js";
import type { Call, Stream } from "./stream.js";

/** What comes out of a bus that is run as a stage, how it is buffered, and whether the bus ends with the run. */
export interface PubSubStageOptions<Event, Output extends EventFilter<Event>> extends Pick<SubscribeOptions, "size" | "policy"> {
  /** The events that come out; all of them when left out, those that went in among them. */
  readonly output?: Output;
  /** The bus outlives the run; otherwise it is shut down at the end of the input, and when the consumer leaves. */
  readonly isShared?: boolean;
}

/**
 * The stage that a bus is: it publishes what comes in and gives the events of the output filter.
 *
 * After the input has ended it ends when the bus is shut down; what its subscribers still publish comes out before.
 */
export function pubSubStage<Event, const Output extends EventFilter<Event> = EventFilter<Event>>(bus: PubSub<Event>, options: PubSubStageOptions<Event, Output> = {}): Bidi<Event, EventOf<Event, Output>> {
  const { output, isShared = false, ...buffer } = options;
  return bidi(async function* pubSub(input: Stream<Event>, { signal }: Call) {
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
    const publishAll = async (): Promise<void> => {
      for await (const event of input) await bus.publish(event);
      if (!isShared && !signal.aborted) await bus.shutdown();
    };
    const events = bus.subscribe<Output>(output, { ...buffer, signal: stop.signal });
    let failure: Failure | undefined;
    publishAll().catch((error: unknown) => {
      failure = { error };
      stop.abort();
    });
    try {
      yield* events;
    } catch (error) {
      throw failure ? failure.error : error;
    } finally {
      stop.abort();
      if (!isShared) await bus.shutdown({ signal: stop.signal });
    }
  });
}

/** Opens a channel over a bus: a message written is published, and the events of the output filter can be read. */
export function pubSubChannel<Event, const Output extends EventFilter<Event> = EventFilter<Event>>(
  bus: PubSub<Event>,
  options: PubSubStageOptions<Event, Output> & ChannelOptions<EventOf<Event, Output>> = {},
): Channel<Event, EventOf<Event, Output>> {
  return open<AnyStage>(pubSubStage(bus, options), options as ChannelOptions<unknown>) as Channel<Event, never>;
}
