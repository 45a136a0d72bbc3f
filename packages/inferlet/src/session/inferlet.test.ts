import { bidi, collect, filter, open, pipe, take, type StageError, type Stream } from "@iftk/core";
import { collectSlowly, countedAbort, failing, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { inferlet, isInferlet, valueOf, type Inferlet } from "./inferlet.js";
import type { Session } from "./session.js";

const shout = inferlet(async function shout(session: Session<string, string>) {
  let count = 0;
  for await (const word of session) {
    await session.send(`${word}!`);
    count++;
  }
  return count;
});

stageLaws("an inferlet", { stage: () => shout, input: ["a", "b", "c"], output: ["a!", "b!", "c!"] });
stageLaws("the outcomes of an inferlet", {
  stage: () => shout.outcomes,
  input: ["a", "b"],
  output: [{ type: "sent", message: "a!" }, { type: "sent", message: "b!" }, { type: "returned", value: 2 }],
});

test("it is a stage of its types, named after its program, and takes its place in a pipeline", async () => {
  expectTypeOf(shout).toEqualTypeOf<Inferlet<string, string, number>>();
  const long = pipe(shout, filter((word: string) => word.length > 2));
  expect([shout.mode, shout.label, inferlet(() => 1).label, isInferlet(shout), isInferlet(long), await collect(long(feed("a", "bc")))]).toEqual(["bidi", "shout", "inferlet", true, false, ["bc!"]]);
});

test("its value comes last, and what it sends goes to whoever asks", async () => {
  const heard: unknown[] = [];
  expect([await valueOf(shout.outcomes(feed("a", "b")), (message) => heard.push(message)), await valueOf(shout.outcomes(feed("a"))), heard]).toEqual([2, 1, ["a!", "b!"]]);
  await expect(valueOf(feed())).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
});

test("what it throws is its failure, untouched, after what it sent", async () => {
  const broken = new Error("broken");
  const program = inferlet(async (session: Session<string, string>) => {
    void session.send("a");
    void session.send("b");
    await Promise.resolve();
    throw broken;
  });
  const heard: string[] = [];
  const failure = await (async () => {
    for await (const word of program(feed())) heard.push(word);
  })().catch((error: unknown) => error);
  expect([heard, failure]).toEqual([["a", "b"], broken]);
});

test("a failure of its input reaches it, at every receive, and passes through it", async () => {
  const seen: unknown[] = [];
  const program = inferlet(async (session: Session<string, string>) => {
    seen.push(await session.receive());
    for (let n = 0; n < 2; n++) await session.receive().catch((error: unknown) => seen.push(error));
    await session.receive();
  });
  const failure = new Error("no more");
  await expect(collect(program(failing(failure, "a")))).rejects.toBe(failure);
  expect(seen).toEqual(["a", failure, failure]);
});

describe("its pace", () => {
  test("it runs when it is read, and a send holds it up until the next is asked for", async () => {
    const log: string[] = [];
    const program = inferlet(async (session: Session<string, number>) => {
      log.push("start");
      for (const n of [1, 2]) {
        await session.send(n);
        log.push(`sent ${n}`);
      }
    });
    const iterator = program(hang())[Symbol.asyncIterator]();
    await turns();
    const steps: unknown[] = [[...log]];
    for (let n = 0; n < 3; n++) {
      await iterator.next();
      await turns();
      steps.push([...log]);
    }
    expect(steps).toEqual([[], ["start"], ["start", "sent 1"], ["start", "sent 1", "sent 2"]]);
  });

  test("its source is read when it receives, and not before", async () => {
    const source = tracked(feed("a", "b", "c"));
    const iterator = shout(source)[Symbol.asyncIterator]();
    await iterator.next();
    await turns();
    expect(source.pulled).toBe(1);
    await iterator.return?.();
    expect(source.closed).toBe(1);
  });

  test("more than 1024 sends that nobody awaits are refused", async () => {
    const refused: unknown[] = [];
    const program = inferlet(async (session: Session<never, number>) => {
      const sends = Array.from({ length: 1026 }, (_, n) => session.send(n).catch((error: unknown) => refused.push((error as StageError).code)));
      await Promise.all(sends);
    });
    const count = (await collect(program(feed()))).length;
    expect([count, refused]).toEqual([1025, ["resource_exhausted"]]); // one is handed to the reader at once
  });

  test("as a channel it is written to and read at any time", async () => {
    const channel = open(shout);
    await channel.write("a");
    await turns();
    expect(channel.read()).toBe("a!");
    channel.end();
    await channel.closed;
  });
});

describe("its end", () => {
  test("the reader who leaves waits for its finally, and what it awaits of the session is rejected", async () => {
    const log: string[] = [];
    const program = inferlet(async (session: Session<string, string>) => {
      try {
        await session.send("a");
        log.push("never");
      } catch (error) {
        log.push((error as StageError).code, String(session.signal.aborted));
        await session.send("b").catch(() => log.push("refused"));
        await session.receive().catch(() => log.push("refused too"));
      } finally {
        await turns();
        log.push("finally");
      }
    });
    for await (const word of program(feed("x"))) if (word) break;
    expect(log).toEqual(["canceled", "true", "refused", "refused too", "finally"]);
  });

  test("an abort rejects what it awaits with the reason, and nobody listens afterwards", async () => {
    const reason = new Error("enough");
    for (const wait of [(session: Session<string, string>) => session.receive(), (session: Session<string, string>) => session.send("b")] as const) {
      let seen: unknown;
      const program = inferlet(async (session: Session<string, string>) => {
        await session.send("a");
        await wait(session).catch((error: unknown) => {
          seen = error;
          throw error;
        });
      });
      const abort = countedAbort();
      const iterator = program(hang(), { signal: abort.signal })[Symbol.asyncIterator]();
      await iterator.next();
      const pending = iterator.next();
      await turns();
      abort.abort(reason);
      if (wait.toString().includes("send")) await pending;
      await expect(wait.toString().includes("send") ? iterator.next() : pending).rejects.toBe(reason);
      await turns();
      expect([seen, abort.listeners]).toEqual([reason, 0]);
    }
  });

  test("one that is deaf is left behind", async () => {
    const deaf = inferlet(async () => new Promise<never>(() => {}));
    const iterator = deaf(hang())[Symbol.asyncIterator]();
    const pending = iterator.next();
    await turns();
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    const background = inferlet(async (session: Session<string, string>) => {
      void session.send("a");
      void session.send("b");
      await new Promise<never>(() => {});
    });
    const stop = new AbortController();
    const stream = background(hang(), { signal: stop.signal })[Symbol.asyncIterator]();
    await stream.next();
    stop.abort(new Error("enough"));
    await expect(stream.next()).rejects.toThrow("enough");
  });

  test("a failure of its finally reaches the reader who leaves, and that of an input that is closed the reader who stays", async () => {
    const program = inferlet(async (session: Session<string, string>) => {
      await session.send("a").finally(() => {
        throw new Error("in finally");
      });
    });
    await expect((async () => {
      for await (const word of program(hang())) if (word) break;
    })()).rejects.toThrow("in finally");
    const source = bidi(async function* source() {
      try {
        yield "a";
        yield "b";
      } finally {
        throw new Error("at the source"); // oxlint-disable-line no-unsafe-finally -- what is tested
      }
    });
    await expect(collect(pipe(source, inferlet(async (session: Session<string, string>) => void (await session.receive())))(hang()))).rejects.toThrow("at the source");
  });

  test("a program that returns closes its source before its reader hears of the end, read or not", async () => {
    for (const isRead of [true, false]) {
      const source = tracked(feed("a", "b"));
      await collect(inferlet(async (session: Session<string, string>) => void (isRead && (await session.receive())))(source));
      expect(source.closed).toBe(isRead ? 1 : 0);
    }
    expect(await collect(pipe(shout, take(1))(feed("a", "b")))).toEqual(["a!"]);
  });

  test("after it no message is taken", async () => {
    let kept: Session<string, string> | undefined;
    await collect(inferlet((session: Session<string, string>) => void (kept = session))(feed("a")));
    await expect(kept?.send("late")).rejects.toMatchObject({ code: "failed_precondition", reason: "closed" });
    await expect(kept?.receive()).rejects.toMatchObject({ code: "failed_precondition", reason: "closed" });
  });
});

test("its call is known: the deadline, and the runtime, which a plain stage has not", async () => {
  const deadline = Date.now() + 60_000;
  const program = inferlet((session: Session) => [session.deadline, (() => {
    try {
      return session.runtime;
    } catch (error) {
      return (error as StageError).code;
    }
  })()]);
  expect(await valueOf(program.outcomes(feed(), { deadline }))).toEqual([deadline, "failed_precondition"]);
});

test("whatever the pace of its sends and of its reader, messages arrive once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.nat(3))), fc.boolean(), async (plan, isSlow) => {
      const program = inferlet(async (session: Session<number, number>) => {
        for await (const n of session) {
          const [isAwaited = false, pauses = 0] = plan[n] ?? [];
          for (let pause = 0; pause < pauses; pause++) await Promise.resolve();
          const sent = session.send(n);
          if (isAwaited) await sent;
        }
      });
      const input: Stream<number> = feed(...plan.keys());
      expect(isSlow ? await collectSlowly(program(input)) : await collect(program(input))).toEqual([...plan.keys()]);
    }),
  );
});
