import { MessageChannel } from "node:worker_threads";
import { createPubSub, type StageError } from "@iftk/core";
import { serveStages, workerStage } from "@iftk/core/worker";
import { countedAbort, stageLaws, turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMessaging, type Broadcast, type CreateMessagingOptions } from "./create-messaging.js";
import { messagingOver, messagingStages, type MessagingStages } from "./messaging-stages.js";
import type { Messaging } from "./messaging.js";

const codeOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (error as StageError).code ?? error);

/** Messaging over a port, as programs in threads have it. */
function overPort(options?: CreateMessagingOptions<unknown>): Messaging {
  const { port1, port2 } = new MessageChannel();
  const messaging = createMessaging(options);
  serveStages(port1, { ...messagingStages(messaging) });
  const stage = <Name extends keyof MessagingStages<unknown>>(name: Name, mode: MessagingStages<unknown>[Name]["mode"]) => workerStage<MessagingStages<unknown>[Name]>(port2, name, mode);
  const over = messagingOver<unknown>({ push: stage("push", "unary"), pull: stage("pull", "unary"), broadcast: stage("broadcast", "unary"), subscribe: stage("subscribe", "output-stream") });
  const close = async (): Promise<void> => {
    await over.close();
    await messaging.close();
    port1.close();
  };
  return { ...over, close, [Symbol.asyncDispose]: close };
}

describe.each([["in a process", createMessaging], ["over a port", overPort]])("messaging %s", (_, create: (options?: CreateMessagingOptions<unknown>) => Messaging) => {
  test("a queue gives its messages in order, each to one who pulls", async () => {
    await using messaging = create();
    for (const n of [1, 2, 3]) await messaging.push("work", n);
    await messaging.push("other", "x");
    expect([await messaging.pull("work"), await messaging.pull("work"), await messaging.pull("other"), await messaging.pull("work")]).toEqual([1, 2, "x", 3]);
  });

  test("those who wait are served in the order in which they came", async () => {
    await using messaging = create();
    const pulls = ["a", "b", "c"].map(async (name) => [name, await messaging.pull("work")]);
    await turns(10);
    for (const n of [1, 2, 3]) await messaging.push("work", n);
    expect(await Promise.all(pulls)).toEqual([["a", 1], ["b", 2], ["c", 3]]);
  });

  test("a full queue holds up who pushes, until there is room", async () => {
    await using messaging = create({ size: 2 });
    const log: string[] = [];
    const pushes = [1, 2, 3, 4].map((n) => messaging.push("work", n).then(() => log.push(`pushed ${n}`)));
    await turns(10);
    const before = [...log];
    const pulled = [await messaging.pull("work"), await messaging.pull("work")];
    await Promise.all(pushes);
    expect([before, pulled, log.toSorted(), await messaging.pull("work"), await messaging.pull("work")]).toEqual([["pushed 1", "pushed 2"], [1, 2], ["pushed 1", "pushed 2", "pushed 3", "pushed 4"], 3, 4]);
  });

  test("or refuses, and nothing is lost unseen", async () => {
    await using messaging = create({ size: 1, policy: "error" });
    await messaging.push("work", 1);
    expect([await codeOf(messaging.push("work", 2)), await messaging.pull("work")]).toEqual(["resource_exhausted", 1]);
  });

  test("a signal ends a wait, takes no message and leaves none", async () => {
    await using messaging = create({ size: 1 });
    const [pulling, pushing] = [countedAbort(), countedAbort()];
    const reason = new Error("enough");
    const [given, next] = [messaging.pull("work", { signal: pulling.signal }), messaging.pull("work")];
    await turns(10);
    pulling.abort(reason);
    await expect(given).rejects.toBe(reason);
    await turns(10);
    for (const n of [1, 2]) await messaging.push("work", n);
    const held = messaging.push("work", 3, { signal: pushing.signal });
    await turns(10);
    pushing.abort(reason);
    await expect(held).rejects.toBe(reason);
    await turns(10);
    await expect(messaging.pull("work", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const rest = [await next, await messaging.pull("work"), pulling.listeners, pushing.listeners];
    await messaging.push("work", 4);
    expect([...rest, await messaging.pull("work")]).toEqual([1, 2, 0, 0, 4]);
  });

  test("a subscription goes on after its first message, and hears of its topic only, from now on", async () => {
    await using messaging = create();
    await messaging.broadcast("news", 0);
    const subscription = messaging.subscribe("news");
    for (const n of [1, 2, 3]) {
      await messaging.broadcast("news", n);
      await messaging.broadcast("other", -n);
    }
    const heard: unknown[] = [];
    for await (const message of subscription) if (heard.push(message) === 3) break;
    await messaging.broadcast("news", 4);
    expect(heard).toEqual([1, 2, 3]);
  });

  test("all who are subscribed hear each broadcast, and queues do not", async () => {
    await using messaging = create();
    const [one, two] = [messaging.subscribe("news"), messaging.subscribe("news")].map((subscription) => subscription[Symbol.asyncIterator]());
    await messaging.broadcast("news", undefined);
    await messaging.push("news", "queued");
    expect([await one?.next(), await two?.next(), await messaging.pull("news")]).toEqual([{ done: false, value: undefined }, { done: false, value: undefined }, "queued"]);
  });

  test("with no room a broadcast is held up, or what is lost is what the policy says", async () => {
    await using messaging = create();
    const policies = ["block", "drop-oldest", "latest"] as const;
    const heard: unknown[] = [];
    for (const policy of policies) {
      const subscription = messaging.subscribe(policy, { size: 2, policy });
      const sends = [1, 2, 3].map((n) => messaging.broadcast(policy, n));
      if (policy === "block") expect(await Promise.race([Promise.all(sends), turns(10).then(() => "held")])).toBe("held");
      else await Promise.all(sends);
      const values: unknown[] = [];
      heard.push(values);
      for await (const value of subscription) {
        values.push(value);
        if (value === 3) break;
      }
    }
    expect(heard).toEqual([[1, 2, 3], [2, 3], [3]]);
  });
});

test("a subscription whose policy is error fails with resource_exhausted", async () => {
  await using messaging = createMessaging();
  const subscription = messaging.subscribe("news", { size: 1, policy: "error" });
  for (const n of [1, 2]) await messaging.broadcast("news", n);
  const iterator = subscription[Symbol.asyncIterator]();
  expect([await iterator.next(), await codeOf(iterator.next())]).toEqual([{ done: false, value: 1 }, "resource_exhausted"]);
});

test("users on one bus do not hear each other, and its owner goes on when one closes", async () => {
  await using bus = createPubSub<Broadcast<string>>({ onError: () => {} });
  const [ada, eve] = ["ada", "eve"].map((user) => createMessaging<string>({ bus, user })) as [Messaging<string>, Messaging<string>];
  const [ofAda, ofEve] = [ada.subscribe("news")[Symbol.asyncIterator](), eve.subscribe("news")[Symbol.asyncIterator]()];
  await ada.broadcast("news", "for ada");
  await ada.push("work", "of ada");
  await eve.broadcast("news", "for eve");
  const heard = [await ofAda.next(), await ofEve.next(), await codeOf(eve.pull("work", { signal: AbortSignal.abort("nothing") }))];
  expect(heard).toEqual([{ done: false, value: "for ada" }, { done: false, value: "for eve" }, "nothing"]);
  const pending = ofAda.next();
  await ada.close();
  const other = ofEve.next();
  await eve.broadcast("news", "on");
  expect([await pending, await other]).toEqual([{ done: true, value: undefined }, { done: false, value: "on" }]);
});

test("1024 pushes may wait for one topic, so many topics may be in use, and topics that are empty are forgotten", async () => {
  await using messaging = createMessaging({ size: 1, maxTopics: 1 });
  const pushes = Array.from({ length: 1025 }, (_, n) => messaging.push("work", n));
  expect(await codeOf(messaging.push("work", -1))).toBe("resource_exhausted");
  expect(await codeOf(messaging.push("other", -1))).toBe("resource_exhausted");
  for (let n = 0; n < 1025; n++) expect(await messaging.pull("work")).toBe(n);
  await Promise.all(pushes);
  await messaging.push("other", 1);
});

test("closing refuses who waits and who comes, and ends subscriptions after what they hold", async () => {
  const messaging = createMessaging<number>({ size: 1 });
  await messaging.push("full", 1);
  const waiting = [messaging.push("full", 2), messaging.pull("empty")].map(codeOf);
  const subscription = messaging.subscribe("news");
  await messaging.broadcast("news", 1);
  await messaging.close();
  await messaging.close();
  const heard: number[] = [];
  for await (const n of subscription) heard.push(n);
  expect([await Promise.all(waiting), heard, await codeOf(messaging.push("full", 3)), await codeOf(messaging.pull("full")), await codeOf(messaging.broadcast("news", 2))]).toEqual([
    ["failed_precondition", "failed_precondition"],
    [1],
    "failed_precondition",
    "failed_precondition",
    "failed_precondition",
  ]);
  expect(() => messaging.subscribe("news")).toThrow("closed");
});

test("sizes are whole numbers from 1 on", () => {
  for (const options of [{ size: 0 }, { size: 1.5 }, { maxTopics: 0 }]) expect(() => createMessaging(options)).toThrow("whole number from 1 on");
});

test("whoever pushes and pulls at once, every message arrives once, and those of one in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 4 }), async (size, counts, pullers) => {
      await using messaging = createMessaging<readonly [number, number]>({ size });
      const total = counts.reduce((sum, count) => sum + count, 0);
      const got: (readonly [number, number])[] = [];
      const pushing = counts.map(async (count, who) => {
        for (let n = 0; n < count; n++) await messaging.push("work", [who, n]);
      });
      let left = total;
      const pulling = Array.from({ length: pullers }, async () => {
        while (left-- > 0) got.push(await messaging.pull("work"));
      });
      await Promise.all([...pushing, ...pulling]);
      expect(counts.map((_, who) => got.filter(([of]) => of === who).map(([, n]) => n))).toEqual(counts.map((count) => Array.from({ length: count }, (_, n) => n)));
    }),
  );
});

const subscribed = createMessaging<number>();
stageLaws("pull as a stage", {
  stage: () => {
    const messaging = createMessaging<number>();
    void messaging.push("work", 1);
    return messagingStages(messaging).pull;
  },
  input: ["work"],
  output: [1],
  hanging: () => messagingStages(subscribed).pull,
});
