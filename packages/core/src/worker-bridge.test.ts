import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import type { Event } from "./fixtures/worker-stages.js";
import { ports, startWorker } from "./fixtures/worker-start.js";
import { collect } from "./index.js";
import { createPubSub } from "./pub-sub-local.js";
import { bridge } from "./worker.js";

test("what is published in a worker reaches subscribers here, and the other way round, and nothing goes in a circle", async () => {
  const worker = startWorker();
  const errors: unknown[] = [];
  const bus = createPubSub<Event>({ onError: (error) => errors.push(error) });
  const bridged = bridge(bus, worker, { name: "tests", onError: (error) => errors.push(error) });
  const pongs = bus.subscribe("pong");
  const all = bus.subscribe();
  for (const n of [1, 2, 3]) void bus.publish({ type: "ping", n });
  const heard: Event[] = [];
  for await (const event of pongs) if (heard.push(event) === 3) break;
  await turns(5);
  await bridged.close();
  await bus.shutdown();
  expect([heard, (await collect(all)).length, errors, worker.listenerCount("message")]).toEqual([[1, 2, 3].map((n) => ({ type: "pong", n })), 6, [], 0]);
  await worker.terminate();
});

test("a slow subscriber beyond a bridge holds up the publisher here, and a bus that is shut down ends the bridge", async () => {
  const { here, there, close } = ports();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const [one, two] = [createPubSub<Event>({ onError }), createPubSub<Event>({ onError })];
  const slow = two.subscribe("ping", { size: 1 });
  const bridges = [bridge(one, here, { ahead: 0, sends: "ping", onError }), bridge(two, there, { ahead: 0, sends: [], onError })];
  let published = 0;
  const publishing = (async () => {
    for (let n = 0; n < 100; n++) {
      await one.publish({ type: "ping", n });
      published++;
    }
  })();
  await turns(20);
  expect(published).toBeLessThan(70);
  const heard: number[] = [];
  for await (const { n } of slow) if (heard.push(n) === 100) break;
  await publishing;
  await one.shutdown();
  await Promise.all(bridges.map((one_) => one_.close()));
  expect([heard, errors]).toEqual([Array.from({ length: 100 }, (_, n) => n), []]);
  close();
});

test("a worker that dies breaks the bridge, which is told once and holds nobody up", async () => {
  const worker = startWorker();
  const errors: unknown[] = [];
  const bus = createPubSub<Event>({ onError: (error) => errors.push(error) });
  const bridged = bridge(bus, worker, { name: "tests", onError: (error) => errors.push(error) });
  const pongs = bus.subscribe("pong");
  await bus.publish({ type: "ping", n: 1 });
  for await (const event of pongs) if (event.n === 1) break;
  await worker.terminate();
  for (let n = 0; n < 200; n++) await bus.publish({ type: "ping", n });
  await bridged.close();
  expect(errors).toMatchObject([{ code: "unavailable", reason: "truncated" }]);
  expect(() => bridge(bus, worker, { onError: () => {} })).toThrow("the other thread is gone");
  await bus.shutdown();
});

test("an event that cannot be sent breaks the bridge on both sides, and both are told", async () => {
  const { here, there, close } = ports();
  const told: string[] = [];
  const onError = (error: unknown): void => void told.push((error as Error).message);
  const [one, two] = [createPubSub<object>({ onError }), createPubSub<object>({ onError })];
  const bridges = [bridge(one, here, { onError }), bridge(two, there, { onError })];
  await turns(2);
  await one.publish({ act: () => {} });
  await turns(5);
  await Promise.all(bridges.map((end) => end.close()));
  const message = "worker: the value cannot be sent to another thread; send plain data";
  expect(told).toEqual([message, message]);
  close();
});
