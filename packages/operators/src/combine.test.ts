import { bidi, collect, outputStream, pipe, take, unary, type Stream } from "@iftk/core";
import { failing, feed, hang, tracked, turns, virtualClock, type VirtualClock } from "@iftk/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { draw, failure, record } from "./fixtures/timeline.js";
import { catchError, combineLatest, exhaustMap, finalize, gate, mergeMap, skipUntil, startWith, switchMap, takeUntil, withLatest } from "./index.js";

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock().install();
});
afterEach(() => clock.uninstall());

/** Gives the word twice, ten and twenty milliseconds later. */
const echo = outputStream(async function* echo(word: string) {
  for (const time of [1, 2]) {
    await clock.sleep(10);
    yield word + time;
  }
});

const shout = unary((word: string) => `${word}!`);

describe("switchMap", () => {
  test("a new value interrupts the one before", async () => {
    expect(await clock.until(record(clock, switchMap(echo)(draw(clock, "ab---c|"))))).toEqual([[20, "b1"], [30, "b2"], [60, "c1"], [70, "c2"], [70, "|"]]);
  });

  test("what is interrupted is closed before the next begins, and hears its signal first", async () => {
    const seen: string[] = [];
    const reply = outputStream(async function* reply(word: string, { signal }) {
      seen.push(`begin ${word}`);
      signal.addEventListener("abort", () => seen.push(`signal ${word}`));
      try {
        yield word;
        await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        });
      } finally {
        seen.push(`closed ${word}`);
      }
    });
    const read = collect(pipe(switchMap(reply), take(2))(draw(clock, "a-b")));
    await clock.advance(20);
    await read;
    expect(seen).toEqual(["begin a", "signal a", "closed a", "begin b", "signal b", "closed b"]);
  });

  test("it is interrupted at once while the consumer is busy, and its stale results are dropped", async () => {
    const aborted: number[] = [];
    const reply = outputStream(async function* reply(word: string, { signal }) {
      signal.addEventListener("abort", () => aborted.push(clock.now));
      for (const part of [1, 2, 3]) yield word + part;
    });
    const seen = await clock.until(record(clock, switchMap(reply)(draw(clock, "a-b|")), (count) => (count === 1 ? 100 : 0)));
    expect([aborted, seen]).toEqual([[20], [[0, "a1"], [100, "b1"], [100, "b2"], [100, "b3"], [100, "|"]]]);
  });

  test("takes a unary stage and a plain function", async () => {
    expect([await collect(switchMap(shout)(feed("a"))), await collect(switchMap((word: string) => feed(word, word))(feed("a")))]).toEqual([["a!"], ["a", "a"]]);
  });

  test("one that answers neither a read nor a return is left behind", async () => {
    const seen = await clock.until(record(clock, switchMap((word: string) => (word === "a" ? hang<string>() : feed(word)))(draw(clock, "a-b|"))));
    expect(seen).toEqual([[20, "b"], [30, "|"]]);
  });

  test("an error of the source, of the function or of what it began arrives untouched and closes the others", async () => {
    const inner = tracked(hang<string>());
    const source = tracked(draw(clock, "a-----"));
    const outcomes = [
      await clock.until(record(clock, switchMap(() => inner)(draw(clock, "a-#")))),
      await clock.until(record(clock, switchMap((): Stream<string> => { throw failure; })(source))),
      await clock.until(record(clock, switchMap(() => failing(failure))(draw(clock, "a-----")))),
    ];
    expect([outcomes.map(([first]) => first?.[1]), inner.closed, source.closed]).toEqual([[failure, failure, failure], 1, 1]);
  });
});

describe("exhaustMap", () => {
  test("what comes while one runs is dropped", async () => {
    expect(await clock.until(record(clock, exhaustMap(echo)(draw(clock, "ab--c|"))))).toEqual([[10, "a1"], [20, "a2"], [50, "c1"], [60, "c2"], [60, "|"]]);
  });
});

describe("mergeMap", () => {
  test("gives results as they come, with no more running than were allowed", async () => {
    const lasts: Readonly<Record<string, number>> = { a: 50, b: 10, c: 20 };
    const work = unary(async (word: string) => {
      await clock.sleep(lasts[word] ?? 0);
      return word;
    });
    expect(await clock.until(record(clock, mergeMap(work, { concurrency: 2 })(feed("a", "b", "c"))))).toEqual([[10, "b"], [30, "c"], [50, "a"], [50, "|"]]);
  });

  test("leaving closes all that run", async () => {
    const inners = [tracked(draw(clock, "-x---")), tracked(draw(clock, "-----"))];
    await clock.until(collect(pipe(mergeMap((index: number) => inners[index] ?? feed(), { concurrency: 2 }), take(1))(feed(0, 1))));
    expect(inners.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  test("when one fails the others are closed", async () => {
    const other = tracked(hang());
    await expect(collect(mergeMap((index: number) => (index === 0 ? other : failing(failure)), { concurrency: 2 })(feed(0, 1)))).rejects.toBe(failure);
    expect(other.closed).toBe(1);
  });
});

describe("withLatest", () => {
  test("pairs each value with the newest of the other; the first waits for one", async () => {
    expect(await clock.until(record(clock, withLatest(() => draw(clock, "--1-2|"))(draw(clock, "a----b|"))))).toEqual([[20, ["a", "1"]], [70, ["b", "2"]], [80, "|"]]);
  });

  test("keeps up with the other while the consumer is busy", async () => {
    const seen = await clock.until(record(clock, withLatest(() => draw(clock, "1--2--3-"))(draw(clock, "ab|")), (count) => (count === 1 ? 100 : 0)));
    expect(seen).toEqual([[0, ["a", "1"]], [100, ["b", "3"]], [100, "|"]]);
  });

  test("ends when the other ends without a value, and fails with it", async () => {
    expect([await collect(withLatest(feed())(feed(1))), await collect(withLatest(failing(failure))(hang())).catch((error: unknown) => error)]).toEqual([[], failure]);
  });

  test("leaving closes the other, however deaf", async () => {
    const other = tracked(hang("o"));
    expect(await collect(pipe(withLatest<string, string>(other), take(1))(feed("a", "b")))).toEqual([["a", "o"]]);
    expect(other.closed).toBe(1);
  });
});

describe("combineLatest", () => {
  test("gives the newest of all whenever one gives a value", async () => {
    expect(await clock.until(record(clock, combineLatest(draw(clock, "a--b-|"), draw(clock, "-1--2---|"))))).toEqual([[10, ["a", "1"]], [30, ["b", "1"]], [40, ["b", "2"]], [80, "|"]]);
  });

  test("a stream that ends without a value ends it, and one that fails closes the others", async () => {
    const others = [tracked(hang()), tracked(hang())] as const;
    expect([await collect(combineLatest(others[0], feed())), await collect(combineLatest(failing(failure), others[1])).catch((error: unknown) => error)]).toEqual([[], failure]);
    expect(others.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  test("without a stream it is refused", () => {
    expect(() => combineLatest()).toThrow("combineLatest: give at least one stream");
  });
});

describe("takeUntil and skipUntil", () => {
  test("another stream ends it and begins it", async () => {
    expect([await clock.until(record(clock, takeUntil(() => draw(clock, "--x-"))(draw(clock, "ab-c-")))), await clock.until(record(clock, skipUntil(() => draw(clock, "--x"))(draw(clock, "ab-c|"))))]).toEqual([
      [[0, "a"], [10, "b"], [20, "|"]],
      [[50, "c"], [60, "|"]],
    ]);
  });

  test("a signal ends it normally, closes the source while the consumer is busy, and leaves no listener", async () => {
    const stop = new AbortController();
    const source = tracked(draw(clock, "abc"));
    const iterator = takeUntil<string>(stop.signal)(source)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: "a" });
    stop.abort();
    await turns(2);
    expect([source.closed, await iterator.next()]).toEqual([1, { done: true, value: undefined }]);
  });

  test("a signal that fired before gives nothing, or all, and opens no source in vain", async () => {
    const source = tracked(feed(1));
    expect([await collect(takeUntil(AbortSignal.abort())(source)), source.opened, await collect(skipUntil(AbortSignal.abort())(feed(1)))]).toEqual([[], 0, [1]]);
  });

  test("a notifier that ends without a value changes nothing", async () => {
    expect([await collect(takeUntil(feed())(feed(1, 2))), await collect(skipUntil(feed())(feed(1, 2)))]).toEqual([[1, 2], []]);
  });
});

describe("gate", () => {
  test("holds values up while it is shut, and loses none", async () => {
    const control = async function* (): Stream<boolean> {
      await clock.sleep(15);
      yield false;
      await clock.sleep(50);
      yield true;
    };
    expect(await clock.until(record(clock, gate<string>(control)(draw(clock, "abc|"))))).toEqual([[0, "a"], [10, "b"], [65, "c"], [65, "|"]]);
  });

  test("a control that ends leaves it as it is: open goes on, shut ends", async () => {
    expect([await collect(gate(feed(true))(feed(1, 2))), await collect(gate(feed(false), { open: false })(feed(1, 2)))]).toEqual([[1, 2], []]);
  });

  test("an error of the control arrives", async () => {
    await expect(collect(gate(failing<boolean>(failure))(hang()))).rejects.toBe(failure);
  });
});

describe("catchError", () => {
  test("goes on with what the handler gives", async () => {
    expect(await collect(catchError((error) => feed(String(error)))(failing("broken", "a")))).toEqual(["a", "broken"]);
  });

  test("what the handler throws, or its stream, is thrown", async () => {
    const outcomes = [() => { throw failure; }, () => failing(failure)].map((handle) => collect(catchError(handle)(failing("broken"))).catch((error: unknown) => error));
    expect(await Promise.all(outcomes)).toEqual([failure, failure]);
  });

  test("neither an abort nor a consumer that left is caught", async () => {
    let caught = 0;
    const stage = catchError<string>(() => {
      caught++;
      return feed();
    });
    const abort = new AbortController();
    const read = collect(stage(hang(), { signal: abort.signal }));
    abort.abort(failure);
    await expect(read).rejects.toBe(failure);
    const iterator = stage(hang())[Symbol.asyncIterator]();
    void iterator.next();
    await iterator.return?.();
    await turns(3);
    expect(caught).toBe(0);
  });
});

describe("finalize", () => {
  test("calls the function once at the end, at an error and on leaving, also while a read is pending, and not when nothing was read", async () => {
    const ran: string[] = [];
    const stage = (why: string) => finalize<string>(() => void ran.push(why));
    await collect(stage("end")(feed("a")));
    await collect(stage("error")(failing(failure))).catch(() => {});
    await collect(pipe(stage("left"), take(1))(feed("a", "b")));
    const iterator = stage("pending")(hang())[Symbol.asyncIterator]();
    void iterator.next();
    await iterator.return?.();
    await stage("unread")(feed("a"))[Symbol.asyncIterator]().return?.();
    expect(ran).toEqual(["end", "error", "left", "pending"]);
  });

  test("a part of a pipeline that ends while it waits runs it, too", async () => {
    let isRun = false;
    const firstOf = bidi(async function* firstOf(input: Stream<string>) {
      const iterator = input[Symbol.asyncIterator]();
      await iterator.next();
      void iterator.next().catch(() => {});
      yield "first";
    });
    const stage = pipe(finalize<string>(() => void (isRun = true)), firstOf);
    expect([await collect(stage(hang("a"))), isRun]).toEqual([["first"], true]);
  });

  test("what the function throws arrives", async () => {
    await expect(collect(finalize(() => { throw failure; })(feed(1)))).rejects.toBe(failure);
  });
});

test("startWith asks the source for its first value before its own are taken", async () => {
  const source = tracked(feed("a"));
  const iterator = startWith("…")(source)[Symbol.asyncIterator]();
  expect([await iterator.next(), source.pulled]).toEqual([{ done: false, value: "…" }, 1]);
  expect(await iterator.next()).toEqual({ done: false, value: "a" });
  await iterator.return?.();
});
