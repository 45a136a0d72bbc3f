import { turns } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, StageError, type Stream } from "./index.js";
import type { PubSub, Subscriber } from "./pub-sub.js";
import { createPubSub } from "./pub-sub-local.js";

type Event = { readonly type: "word"; readonly text: string } | { readonly type: "count"; readonly n: number } | { readonly type: "stop" };

const word = (text: string) => ({ type: "word", text }) as const;
const count = (n: number) => ({ type: "count", n }) as const;

function bus() {
  const errors: string[] = [];
  return { errors, bus: createPubSub<Event>({ onError: (error, subscriber) => errors.push(`${subscriber}: ${(error as Error).message}`) }) };
}

/** Reads what a stream gives within some turns. */
function heardBy<T>(stream: Stream<T>): T[] {
  const heard: T[] = [];
  void (async () => {
    for await (const value of stream) heard.push(value);
  })();
  return heard;
}

const outcome = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "done", (error: unknown) => (StageError.is(error) ? error.code : (error as Error).message));

test("a filter is a type, several, a guard or nothing, and the events have its type", async () => {
  const { bus: events } = bus();
  const words: Stream<{ type: "word"; text: string }> = events.subscribe("word");
  const some: Stream<{ type: "word"; text: string } | { type: "stop" }> = events.subscribe(["word", "stop"]);
  const large: Stream<{ type: "count"; n: number }> = events.subscribe((event) => event.type === "count");
  const all: Stream<Event> = events.subscribe();
  // @ts-expect-error no event has this type
  events.subscribe("sentence");
  for (const event of [word("a"), count(1), { type: "stop" } as const]) await events.publish(event);
  await events.shutdown();
  expect(await Promise.all([words, some, large, all].map((stream) => collect<Event>(stream)))).toEqual([
    [word("a")],
    [word("a"), { type: "stop" }],
    [count(1)],
    [word("a"), count(1), { type: "stop" }],
  ]);
});

test("a subscriber hears what it subscribes to and publishes what it says it does, also from within onEvent", async () => {
  const { bus: events, errors } = bus();
  const counts = heardBy(events.subscribe("count"));
  events.attach({
    name: "counter",
    subscribesTo: "word",
    publishes: ["count"],
    async onEvent({ text }, { publish }) {
      await publish({ type: "count", n: text.length });
    },
  });
  events.attach({
    name: "doubler",
    subscribesTo: (event) => event.type === "count" && event.n < 100,
    publishes: "count",
    async onEvent(event, { publish }) {
      if (event.type === "count") await publish({ type: "count", n: event.n * 10 });
    },
  });
  await events.publish(word("abc"));
  await events.shutdown();
  await turns();
  expect([counts, errors]).toEqual([[count(3), count(30), count(300)], []]);
});

test("an event that is not among those it publishes is refused by the compiler and when it happens", async () => {
  const { bus: events, errors } = bus();
  events.attach({
    name: "mute",
    subscribesTo: "word",
    onEvent(event, { publish }) {
      // @ts-expect-error it publishes nothing
      void publish(event);
    },
  });
  events.attach({
    name: "liar",
    subscribesTo: "word",
    publishes: "count",
    onEvent(event, { publish }) {
      // @ts-expect-error it publishes counts only
      void publish(event);
    },
  });
  await events.publish(word("a"));
  await events.shutdown();
  expect(errors).toEqual(["mute: mute: an event of type word is not among those it publishes", "liar: liar: an event of type word is not among those it publishes"]);
});

test("a subscriber that throws, sooner or later, is told of and goes on; the others hear everything", async () => {
  const { bus: events, errors } = bus();
  const heard: string[] = [];
  events.attach({ name: "bad", subscribesTo: "word", onEvent: ({ text }) => { throw new Error(`no ${text}`); } });
  events.attach({ name: "late", subscribesTo: "word", onEvent: async ({ text }) => Promise.reject(new Error(`not ${text}`)), shutdown: () => { throw new Error("nor shutdown"); } });
  events.attach({ name: "good", subscribesTo: "word", onEvent: ({ text }) => void heard.push(text) });
  await events.publish(word("a"));
  await events.publish(word("b"));
  await events.shutdown();
  expect([heard, errors.toSorted()]).toEqual([["a", "b"], ["bad: no a", "bad: no b", "late: nor shutdown", "late: not a", "late: not b"]]);
});

test("a subscriber that stalls starves no other; who waits for it is held up when its buffer is full", async () => {
  const { bus: events } = bus();
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  events.attach({ name: "stalled", subscribesTo: "word", size: 1, onEvent: () => gate });
  const heard = heardBy(events.subscribe("word", { size: 1 }));
  const published = ["a", "b", "c"].map((text) => events.publish(word(text)));
  const third = outcome(published[2] ?? Promise.reject(new Error("none")));
  await turns();
  expect([heard.length, await Promise.race([third, turns().then(() => "held")])]).toEqual([3, "held"]);
  go();
  expect(await third).toBe("done");
});

test("the policies of a full buffer: block holds up, drop-oldest and latest drop, error ends the subscription", async () => {
  const { bus: events } = bus();
  const read = (policy: "block" | "drop-oldest" | "latest" | "error") => events.subscribe("count", { size: 2, policy });
  const streams = [read("drop-oldest"), read("latest"), read("error"), read("block")];
  for (const n of [1, 2, 3]) void events.publish(count(n));
  const last = outcome(events.publish(count(4)));
  expect(await Promise.race([last, turns().then(() => "held")])).toBe("held");
  const ended = events.shutdown();
  const results = await Promise.all(streams.map((stream) => outcome(collect<Event>(stream).then((got) => { throw new Error(got.map((event) => (event.type === "count" ? event.n : "")).join()); }))));
  await ended;
  expect([results, await last]).toEqual([["3,4", "4", "resource_exhausted", "1,2,3,4"], "done"]);
});

test("a subscription ends when its reader leaves, its signal fires or it is disposed of, and then holds up nobody", async () => {
  const { bus: events } = bus();
  const abort = new AbortController();
  const [left, aborted, disposed] = [events.subscribe("count", { size: 1 }), events.subscribe("count", { size: 1, signal: abort.signal }), events.subscribe("count", { size: 1 })];
  await events.publish(count(1));
  const held = outcome(events.publish(count(2)));
  for await (const event of left) if (event.n === 1) break;
  abort.abort(new Error("enough"));
  await disposed[Symbol.asyncDispose]();
  expect([await held, await outcome(events.publish(count(3))), await outcome(collect(aborted)), await collect(disposed)]).toEqual(["done", "done", "enough", []]);
  expect(() => left[Symbol.asyncIterator]()).toThrow("already has its one consumer");
});

test("events that nobody waits to have taken are bounded, and harm no one when they are refused", async () => {
  const { bus: events } = bus();
  const unread = events.subscribe("count", { size: 1 });
  const heard = heardBy(events.subscribe("count"));
  for (let n = 0; n < 1025; n++) void events.publish(count(n));
  expect(await outcome(events.publish(count(1025)))).toBe("resource_exhausted");
  await turns();
  expect(heard.length).toBe(1026);
  await unread[Symbol.asyncDispose]();
});

test("a filter that throws ends its own subscription only", async () => {
  const { bus: events } = bus();
  const picky = events.subscribe(() => { throw new Error("in the filter"); });
  const words = events.subscribe("word");
  await events.publish(word("a"));
  await events.shutdown();
  expect([await outcome(collect(picky)), await collect(words)]).toEqual(["in the filter", [word("a")]]);
});

test("shutdown closes subscribers in order: each handles what waits, publishes to those after it, and is shut down", async () => {
  const { bus: events } = bus();
  const log: string[] = [];
  const outputs = events.subscribe("count");
  events.attach({
    name: "first",
    subscribesTo: "word",
    publishes: "count",
    async onEvent({ text }, { publish }) {
      await turns(2);
      await publish({ type: "count", n: text.length });
    },
    shutdown: () => void log.push("first"),
  });
  events.attach({ name: "second", subscribesTo: "count", onEvent: ({ n }) => void log.push(`heard ${n}`), shutdown: () => void log.push("second") });
  await Promise.all([events.publish(word("a")), events.publish(word("bc"))]);
  await events.shutdown();
  const [hooks, heard] = [log.filter((line) => !line.startsWith("heard")), log.filter((line) => line.startsWith("heard"))];
  expect([hooks, heard, log.at(-1), await collect(outputs), await outcome(events.publish(word("d")))]).toEqual([["first", "second"], ["heard 1", "heard 2"], "second", [count(1), count(2)], "failed_precondition"]);
  expect(() => events.subscribe()).toThrow("shut down");
});

test("a shutdown that waits no longer abandons who is deaf, lets publishers go and fails subscriptions with its reason", async () => {
  const { bus: events, errors } = bus();
  const signals: AbortSignal[] = [];
  events.attach({
    name: "deaf",
    size: 1,
    subscribesTo: "word",
    onEvent: (_event, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  const outputs = events.subscribe("count");
  const published = ["a", "b", "c"].map((text) => outcome(events.publish(word(text))));
  await events.publish(count(1));
  const abort = new AbortController();
  const patient = events.shutdown();
  const hasty = events.shutdown({ signal: abort.signal });
  await turns();
  abort.abort(new Error("no time"));
  await Promise.all([patient, hasty, ...published]);
  expect([signals.map(({ aborted }) => aborted), await outcome(collect(outputs)), errors]).toEqual([[true], "no time", []]);
});

test("a ring of subscribers with full buffers is told of instead of waiting for ever", async () => {
  const { bus: events, errors } = bus();
  const ring = (name: string, subscribesTo: "word" | "count", event: Exclude<Event, { type: "stop" }>): void => void events.attach({
    name,
    subscribesTo,
    publishes: ["word", "count"],
    size: 1,
    async onEvent(_event, { publish }) {
      await publish(event);
      await publish(event);
    },
  });
  ring("ping", "word", count(1));
  ring("pong", "count", word("a"));
  await events.publish(word("a"));
  await turns(3);
  expect(errors[0]).toMatch(/: publish: the buffers are full all the way back/);
  await events.shutdown({ signal: AbortSignal.abort() });
});

test("subscribers that never wait leave the event loop its turn", async () => {
  const { bus: events } = bus();
  let isOver = false;
  let n = 0;
  events.attach({ name: "endless", subscribesTo: "count", publishes: "count", onEvent: (event, { publish }) => (isOver ? undefined : (n++, publish(event))) });
  await events.publish(count(1));
  await turns(2);
  isOver = true;
  await events.shutdown();
  expect(n).toBeGreaterThan(100);
});

test("one that is attached can be taken off, and the bus goes on", async () => {
  const { bus: events } = bus();
  const heard: string[] = [];
  const attach = (name: string) => events.attach({ name, subscribesTo: "word", onEvent: ({ text }) => void heard.push(`${name} ${text}`), shutdown: () => void heard.push(`${name} off`) });
  const one = attach("one");
  await using two = attach("two");
  await events.publish(word("a"));
  await one.close();
  await events.publish(word("b"));
  await two.close();
  expect(heard.toSorted()).toEqual(["one a", "one off", "two a", "two b", "two off"]);
});

test("a subscriber can be written by itself, with its types", async () => {
  const shouter: Subscriber<Event, "word", "count"> = { name: "shouter", subscribesTo: "word", publishes: "count", onEvent: ({ text }, { publish }) => publish({ type: "count", n: text.length }) };
  const make = (events: PubSub<Event>) => events.attach(shouter);
  const { bus: events } = bus();
  const counts = events.subscribe("count");
  make(events);
  await events.publish(word("abc"));
  await events.shutdown();
  expect(await collect(counts)).toEqual([count(3)]);
});

test("however publishers interleave and readers lag, each subscription has every publisher's events in order", async () => {
  const publisher = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(publisher, { minLength: 1, maxLength: 4 }), fc.array(fc.record({ size: fc.integer({ min: 1, max: 3 }), lag: fc.integer({ min: 0, max: 2 }) }), { minLength: 1, maxLength: 3 }), async (publishers, readers) => {
      const events = createPubSub<{ from: number; n: number }>({ onError: () => {} });
      const wait = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n++) await Promise.resolve();
      };
      const heard = readers.map(({ size, lag }) => {
        const got: { from: number; n: number }[] = [];
        events.attach({ name: "reader", size, onEvent: async (event) => void (await wait(lag), got.push(event)) });
        return got;
      });
      await Promise.all(publishers.map(async (waits, from) => {
        for (const [n, turnsToWait] of waits.entries()) {
          await wait(turnsToWait);
          const published = events.publish({ from, n });
          if (turnsToWait > 0) await published;
        }
      }));
      await events.shutdown();
      for (const got of heard) {
        expect(publishers.map((_, from) => got.filter((event) => event.from === from).map(({ n }) => n))).toEqual(publishers.map((waits) => [...waits.keys()]));
      }
    }),
    { numRuns: 100 },
  );
});
