import { countedAbort, hang, turns } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bidi, collect, open, StageError, take, unary, type Channel, type Stream } from "./index.js";

const echo = unary((word: string) => word);

const deaf = bidi(async function* deaf(input: Stream<string>) {
  for await (const word of input) {
    yield word;
    await new Promise(() => {});
  }
});

/** The code of the StageError, or the message of another error. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return StageError.is(error) ? error.code : (error as Error).message;
  }
}

test("what the pipeline fails with reaches the reader and every writer that waits", async () => {
  const failing = bidi(async function* failing(input: Stream<string>) {
    for await (const word of input) {
      yield word;
      throw new Error("broken");
    }
  });
  const channel = open(failing);
  const writes = ["a", "b", "c"].map((word) => outcome(channel.write(word)));
  expect([await Promise.all(writes), channel.read(), await outcome(collect(channel)), await outcome(channel.write("d"))]).toEqual([[undefined, "broken", "broken"], "a", "broken", "failed_precondition"]);
});

test("an onReadable that throws stops the pipeline, is told no more, and its error is read after the message", async () => {
  let told = 0;
  let isClosed = false;
  const watched = bidi(async function* watched(input: Stream<string>) {
    try {
      yield* input;
    } finally {
      isClosed = true;
    }
  });
  const channel = open(watched, {
    onReadable: () => {
      told++;
      throw new Error("in onReadable");
    },
  });
  await channel.write("a");
  await turns(2);
  expect([told, isClosed, channel.read(), await outcome(collect(channel)), await outcome(channel.write("b"))]).toEqual([1, true, "a", "in onReadable", "failed_precondition"]);
});

test("read, write, end and close may be called from within onReadable", async () => {
  const seen: string[] = [];
  const channel: Channel<string, string> = open(echo, {
    onReadable: (readable) => {
      const word = readable.read();
      if (word === undefined) return;
      seen.push(word);
      if (word.length < 4) void channel.write(`${word}!`);
      else void channel.close();
    },
  });
  await channel.write("a");
  await channel.closed;
  expect(seen).toEqual(["a", "a!", "a!!", "a!!!"]);
});

test("a pipeline that ends early refuses further writes at once and those that wait", async () => {
  const channel = open(take<string>(1));
  const writes = ["a", "b"].map((word) => outcome(channel.write(word)));
  await turns(2);
  expect([await Promise.all(writes), await outcome(channel.write("c")), await collect(channel)]).toEqual([[undefined, "failed_precondition"], "failed_precondition", ["a"]]);
});

test("writes that nobody awaits are bounded, and harm no one when they are refused", async () => {
  const channel = open(deaf);
  await channel.write("a");
  for (let n = 0; n < 1024; n++) void channel.write("b");
  expect(await outcome(channel.write("c"))).toBe("resource_exhausted");
  await channel.close();
  void channel.write("d");
  await turns();
});

test("closing settles everything while the pipeline is deaf, or waits for its reader", async () => {
  for (const [stage, highWaterMark] of [[deaf, 16], [echo, 1]] as const) {
    const channel = open(stage, { highWaterMark });
    await channel.write("a");
    const waiting = outcome(channel.write("b"));
    await turns();
    await channel.close();
    await channel.closed;
    expect([await waiting, channel.read(), channel.read()]).toEqual(["failed_precondition", "a", undefined]);
  }
});

test("leaving the iteration while a read is pending settles both", async () => {
  const channel = open(bidi(() => hang<string>()));
  const iterator = channel[Symbol.asyncIterator]();
  const read = iterator.next();
  await turns();
  expect([await iterator.return?.(), await read]).toEqual([{ done: true, value: undefined }, { done: true, value: undefined }]);
});

test("the reason of the signal reaches reader and writers, also while nobody reads, and no listener is left", async () => {
  for (const [stage, highWaterMark] of [[deaf, 16], [echo, 1], [bidi(() => hang<string>("a")), 16]] as const) {
    const abort = countedAbort();
    const channel = open(stage, { signal: abort.signal, highWaterMark });
    const writes = ["a", "b", "c"].map((word) => outcome(channel.write(word)));
    await turns();
    abort.abort(new Error("enough"));
    expect([(await Promise.all(writes)).at(-1), channel.read(), await outcome(collect(channel)), await outcome(channel.closed), abort.listeners]).toEqual(["enough", "a", "enough", "enough", 0]);
  }
});

test("a signal that fired before opens nothing, and a channel that ended or was closed leaves no listener", async () => {
  const before = AbortSignal.abort(new Error("before"));
  expect(await outcome(collect(open(echo, { signal: before })))).toBe("before");
  const abort = countedAbort();
  const [ended, closed] = [open(echo, { signal: abort.signal }), open(deaf, { signal: abort.signal })];
  expect(abort.listeners).toBeGreaterThan(0);
  ended.end();
  await Promise.all([ended.closed, closed.close()]);
  expect(abort.listeners).toBe(0);
});

test("an error thrown while closing is told by close", async () => {
  const broken = bidi(async function* broken(input: Stream<string>) {
    try {
      yield* input;
    } finally {
      throw new Error("in finally");
    }
  });
  const channel = open(broken, { highWaterMark: 1 });
  await channel.write("a");
  await turns();
  expect([await outcome(channel.close()), channel.read()]).toEqual(["in finally", "a"]);
});

test("highWaterMark must be a whole number from 1 on", () => {
  for (const highWaterMark of [0, 1.5, Number.NaN]) expect(() => open(echo, { highWaterMark })).toThrow("whole number from 1 on");
});

test("however writes and reads interleave, messages arrive once and in order, and reads of the iterator too", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("write", "read", "next", "turn"), { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (acts, highWaterMark) => {
      let told = 0;
      const channel = open(unary((n: number) => n), { highWaterMark, onReadable: () => told++ });
      const got: Promise<number | undefined>[] = [];
      const iterator = channel[Symbol.asyncIterator]();
      let written = 0;
      let asked = 0;
      for (const act of acts) {
        if (act === "write") void channel.write(written++);
        else if (act === "turn") await turns();
        else if (act === "next" && ++asked > 0) got.push(iterator.next().then((result) => (result.done ? undefined : result.value)));
        else if (asked === 0) got.push(Promise.resolve(channel.read()));
      }
      channel.end();
      const rest = collect({ [Symbol.asyncIterator]: () => iterator });
      const all = [...(await Promise.all(got)), ...(await rest)].filter((n) => n !== undefined);
      expect([all, told]).toEqual([Array.from({ length: written }, (_, n) => n), written]);
    }),
    { numRuns: 60 },
  );
});
