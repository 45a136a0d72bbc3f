import { feed, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, each, inputStream, map, open, outputStream, pipe, StageError, unary, type Stream } from "./index.js";

const shout = unary((word: string) => word.toUpperCase());

test("write at any time, read at any time, and be told of each message once", async () => {
  let told = 0;
  const channel = open(each(shout), { onReadable: () => told++ });
  expect(channel.read()).toBeUndefined();
  await channel.write("a");
  await channel.write("b");
  await turns(2);
  expect([channel.read(), channel.read(), channel.read(), told]).toEqual(["A", "B", undefined, 2]);
  await channel.close();
});

test("it can be iterated, and ends when the pipeline does", async () => {
  const channel = open(pipe(each(shout), map((word: string) => `${word}!`)));
  const heard = collect(channel);
  await channel.write("a");
  channel.end();
  expect(await heard).toEqual(["A!"]);
});

test("a stage for one value is run once for each message, and a stage that gives one value gives it at the end", async () => {
  const words = open(outputStream(async function* words(line: string) {
    yield* feed(...line.split(" "));
  }));
  const heard = collect(words);
  await words.write("a b");
  await words.write("c");
  words.end();
  expect(await heard).toEqual(["a", "b", "c"]);

  const joined = open(inputStream(async (parts: Stream<string>) => (await collect(parts)).join("")));
  await joined.write("a");
  await joined.write("b");
  joined.end();
  expect(await collect(joined)).toEqual(["ab"]);
});

test("after close, write is refused with a typed error and what waited can still be read", async () => {
  const channel = open(each(shout));
  await channel.write("a");
  await turns(2);
  await channel.close();
  const refusal = await channel.write("b").catch((error: unknown) => error);
  expect([StageError.is(refusal) && refusal.code, channel.read(), channel.read()]).toEqual(["failed_precondition", "A", undefined]);
});

test("a write that is waiting when the channel closes is refused, and the pipeline runs its finally", async () => {
  let closed = 0;
  const deaf = bidi(async function* deaf(input: Stream<string>) {
    try {
      for await (const word of input) {
        yield word;
        await new Promise(() => {});
      }
    } finally {
      closed++;
    }
  });
  const after = bidi(async function* after(input: Stream<string>) {
    try {
      yield* input;
    } finally {
      closed++;
    }
  });
  const channel = open(pipe(deaf, after));
  await channel.write("a");
  const waiting = channel.write("b").catch((error: unknown) => error);
  await turns(2);
  await channel.close();
  expect([StageError.is(await waiting), closed]).toEqual([true, 1]);
});

test("unread messages hold the pipeline up at the high-water mark", async () => {
  const channel = open(each(shout), { highWaterMark: 2 });
  let taken = 0;
  for (const word of "abcdef") void channel.write(word).then(() => taken++, () => {});
  await turns(3);
  expect(taken).toBe(2);
  channel.read();
  await turns(3);
  expect(taken).toBe(3);
  await channel.close();
});

const noB = unary((word: string) => {
  if (word === "b") throw new Error("no b");
  return word;
});

test("a failure arrives after what came before it, and stays", async () => {
  let told = 0;
  const channel = open(noB, { onReadable: () => told++ });
  await channel.write("a");
  await channel.write("b");
  await turns(2);
  expect([channel.read(), told]).toEqual(["a", 2]);
  expect(() => channel.read()).toThrow("no b");
  await expect(collect(channel)).rejects.toThrow("no b");
  await expect(channel.closed).rejects.toThrow("no b");
  await channel.close();
});

test("a signal closes it, and await using does at the end of a block", async () => {
  const abort = new AbortController();
  let aborted = false;
  const listening = bidi(async function* listening(input: Stream<string>, { signal }) {
    signal.addEventListener("abort", () => (aborted = true));
    yield* input;
  });
  {
    await using channel = open(listening);
    await channel.write("a");
  }
  expect(aborted).toBe(true);
  const channel = open(listening, { signal: abort.signal });
  const heard = collect(channel);
  await channel.write("a");
  abort.abort(new Error("enough"));
  await expect(heard).rejects.toThrow("enough");
});
