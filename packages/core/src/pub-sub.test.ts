import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { collect } from "./index.js";
import type { PubSub, Subscriber } from "./pub-sub.js";
import { bus, count, heardBy, outcome, word, type Event } from "./fixtures/word-bus.js";

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
