import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { countedAbort } from "@iftk/testing";
import { expect, test } from "vitest";
import { callValue, open, outputStream, unary } from "./index.js";
import { createPubSub } from "./pub-sub-local.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** How much the heap grows between a fifth of the rounds and all of them. */
async function growth(rounds: number, round: (n: number) => Promise<unknown>): Promise<number> {
  let early = 0;
  for (let n = 0; n < rounds; n++) {
    if (n === rounds / 5) early = heapUsed();
    await round(n);
  }
  return heapUsed() - early;
}

test("the heap is flat over many messages of one channel, and many channels under one signal leave no listener", async () => {
  const abort = countedAbort();
  const pass = unary((n: number) => n);
  const channel = open(pass, { signal: abort.signal });
  const iterator = channel[Symbol.asyncIterator]();
  expect(await growth(50_000, async (n) => Promise.all([channel.write(n), iterator.next()]))).toBeLessThan(1_000_000);
  await channel.close();
  expect(await growth(2_000, async (n) => {
    const one = open(pass, { signal: abort.signal });
    await one.write(n);
    await one.close();
  })).toBeLessThan(1_000_000);
  expect(abort.listeners).toBe(0);
});

test("the heap is flat over many events, and over many subscriptions and subscribers that left", async () => {
  const bus = createPubSub<number>({ onError: (error) => { throw error; } });
  let sum = 0;
  bus.attach({ name: "sum", onEvent: (n) => void (sum += n) });
  expect(await growth(50_000, () => bus.publish(1))).toBeLessThan(1_000_000);
  const { signal, ...counted } = countedAbort();
  expect(await growth(2_000, async () => {
    const attachment = bus.attach({ name: "one", onEvent: () => {} });
    const subscription = bus.subscribe(undefined, { signal });
    await bus.publish(1);
    await subscription[Symbol.asyncDispose]();
    await attachment.close();
  })).toBeLessThan(1_000_000);
  await bus.shutdown();
  expect([sum, counted.listeners]).toEqual([52_000, 0]);
});

test("the values of a channel reach its stages", async () => {
  const user = callValue<string>();
  const who = outputStream(async function* who(_: string, call) {
    yield user.of(call);
  });
  await using channel = open(who, { values: user.in("Ana") });
  await channel.write("who?");
  expect(await channel[Symbol.asyncIterator]().next()).toEqual({ done: false, value: "Ana" });
});
