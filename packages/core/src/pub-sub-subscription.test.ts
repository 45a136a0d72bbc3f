import { turns } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, type Stream } from "./index.js";
import { createPubSub } from "./pub-sub-local.js";
import { bus, count, heardBy, outcome, word, type Event } from "./fixtures/word-bus.js";

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

test("the policies of a full buffer: block holds up, drop-oldest, drop-newest and latest drop, error ends the subscription", async () => {
  const { bus: events } = bus();
  const read = (policy: "block" | "drop-oldest" | "drop-newest" | "latest" | "error") => events.subscribe("count", { size: 2, policy });
  const streams = [read("drop-oldest"), read("drop-newest"), read("latest"), read("error"), read("block")];
  for (const n of [1, 2, 3]) void events.publish(count(n));
  const last = outcome(events.publish(count(4)));
  expect(await Promise.race([last, turns().then(() => "held")])).toBe("held");
  const ended = events.shutdown();
  const results = await Promise.all(streams.map((stream) => outcome(collect<Event>(stream).then((got) => { throw new Error(got.map((event) => (event.type === "count" ? event.n : "")).join()); }))));
  await ended;
  expect([results, await last]).toEqual([["3,4", "1,2", "4", "resource_exhausted", "1,2,3,4"], "done"]);
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
