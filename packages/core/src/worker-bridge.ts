/** Two buses in two threads, so that what is published on one is heard on the other. */
import { matches, type EventFilter, type PubSub } from "./pub-sub.js";
import { checkOptions, Duplex, type WorkerOptions } from "./worker-duplex.js";
import { linkOver, type WorkerPort } from "./worker-link.js";

/** What one end of a bridge sends, and to whom it tells that the bridge broke. */
export interface BridgeOptions<Event> extends WorkerOptions {
  /** Tells bridges over the same port apart; both ends use the same name. */
  readonly name?: string;
  /** The events that this end sends; all of them when left out. */
  readonly sends?: EventFilter<Event>;
  /** Is told, once, why the bridge broke: the other thread is gone, an event could not be sent, or the bus here took no more. */
  readonly onError: (error: unknown) => void;
}

/** A bridge that stands until one of its ends is closed or its bus is shut down. */
export interface Bridge extends AsyncDisposable {
  close(): Promise<void>;
}

/**
 * Sends the events of a bus over a port and publishes those that come; the other end calls it too.
 *
 * Events are plain data: structured clone copies them. None goes back to where it came from. A full buffer there holds up
 * publishers here, after the events that may go `ahead`, 16 by default.
 */
export function bridge<Event extends object>(bus: PubSub<Event>, port: WorkerPort, options: BridgeOptions<Event>): Bridge {
  const { name = "", sends, onError } = options;
  checkOptions(options);
  const link = linkOver(port);
  const key = `bus ${name}`;
  const came = new WeakSet<object>();
  const sent = bus.subscribe((event: Event) => !came.has(event) && matches(sends, event));
  let running: Promise<void> | undefined;
  const duplex = new Duplex(
    () => sent,
    (frame, transfer) => link.send(key, frame, transfer),
    { ahead: 16, ...options },
    () => {},
  );

  const run = async (): Promise<void> => {
    try {
      for await (const event of duplex.incoming) {
        came.add(event as Event);
        await bus.publish(event as Event);
      }
      if (duplex.sentFailure) throw duplex.sentFailure.error;
    } catch (error) {
      onError(error);
    } finally {
      await close();
      stop();
    }
  };
  const close = async (): Promise<void> => {
    await sent[Symbol.asyncDispose]();
    await duplex.close();
  };
  // Either end may be there first: each begins to read when it has heard of the other.
  const begin = (): void => void (running ??= run());
  const stop = link.listen(key, {
    hear: (frame) => {
      if (frame.kind !== "hello") duplex.hear(frame);
      else {
        if (!frame.isAnswer) link.send(key, { kind: "hello", isAnswer: true });
        begin();
      }
    },
    fail: (error) => {
      begin();
      duplex.fail(error);
    },
  });
  link.send(key, { kind: "hello", isAnswer: false });

  const closeAll = async (): Promise<void> => {
    await close();
    if (running) await running;
    else stop();
  };
  return { close: closeAll, [Symbol.asyncDispose]: closeAll };
}
