import { feed, hang, stageLaws, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { collect } from "./index.js";
import type { PubSub } from "./pub-sub.js";
import { pubSubChannel, pubSubStage } from "./pub-sub-channel.js";
import { createPubSub } from "./pub-sub-local.js";

type Event = { readonly type: "question"; readonly text: string } | { readonly type: "answer"; readonly text: string };

const question = (text: string): Event => ({ type: "question", text });
const answer = (text: string): Event => ({ type: "answer", text });

/** A bus with one subscriber, which answers. */
function answering(): PubSub<Event> {
  const bus = createPubSub<Event>({ onError: (error) => { throw error; } });
  bus.attach({ name: "oracle", subscribesTo: "question", publishes: "answer", size: 1, onEvent: ({ text }, { publish }) => publish({ type: "answer", text: `${text}!` }) });
  return bus;
}

stageLaws("a bus", {
  stage: () => pubSubStage(answering(), { output: "answer", size: 1 }),
  input: [question("a"), question("b"), question("c")],
  output: [answer("a!"), answer("b!"), answer("c!")],
  readsAhead: 4, // the two buffers, the event that the oracle handles and the one that is being published
});

test("write, a subscriber, its event, a notification, and read", async () => {
  let told = 0;
  const channel = pubSubChannel(answering(), { output: "answer", onReadable: () => told++ });
  await channel.write(question("a"));
  await turns();
  expect([channel.read(), channel.read(), told]).toEqual([answer("a!"), undefined, 1]);
  await channel.close();
  await expect(channel.write(question("b"))).rejects.toMatchObject({ code: "failed_precondition" });
});

test("after the end of what is written the channel ends with the last answer, and its bus is shut down", async () => {
  const bus = answering();
  const channel = pubSubChannel(bus, { output: "answer" });
  const heard = collect(channel);
  for (const text of ["a", "b", "c"]) void channel.write(question(text));
  channel.end();
  expect(await heard).toEqual([answer("a!"), answer("b!"), answer("c!")]);
  await expect(bus.publish(question("d"))).rejects.toMatchObject({ reason: "closed" });
});

test("a shared bus outlives its channels", async () => {
  const bus = answering();
  const [one, two] = [pubSubChannel(bus, { output: "answer", isShared: true }), pubSubChannel(bus, { output: ["answer"], isShared: true })];
  await one.write(question("a"));
  await turns();
  expect([one.read(), two.read()]).toEqual([answer("a!"), answer("a!")]);
  await one.close();
  await two.write(question("b"));
  await turns();
  expect([one.read(), two.read()]).toEqual([undefined, answer("b!")]);
  await two.close();
  await bus.shutdown();
});

test("closing settles while a subscriber is deaf, and without an output filter everything is read", async () => {
  const bus = createPubSub<Event>({ onError: (error) => { throw error; } });
  bus.attach({ name: "deaf", subscribesTo: "question", size: 1, onEvent: () => new Promise(() => {}) });
  const channel = pubSubChannel(bus);
  for (const text of ["a", "b", "c", "d"]) void channel.write(question(text));
  await turns();
  expect(channel.read()).toEqual(question("a"));
  await channel.close();
  expect(await collect(pubSubStage(createPubSub<Event>({ onError: () => {} }))(feed(question("z"))))).toEqual([question("z")]);
  const iterator = pubSubStage(answering())(hang())[Symbol.asyncIterator]();
  void iterator.next();
  await iterator.return?.();
});
