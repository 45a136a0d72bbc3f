import { collect, forEach, type Stream } from "@iftk/core";
import { countedAbort, virtualClock } from "@iftk/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { poll } from "./poll.js";

describe("poll", () => {
  let clock: ReturnType<typeof virtualClock>;
  beforeEach(() => void (clock = virtualClock().install()));
  afterEach(() => clock.uninstall());

  const failureOf = (states: Stream<number>): Promise<unknown> => collect(states).catch((error: unknown) => error);

  /** A job that is done after so many questions. */
  function job(questions: number) {
    const asked: number[] = [];
    const ask = (): Promise<number> => Promise.resolve(asked.push(clock.now));
    return { asked, ask, isDone: (count: number) => count === questions };
  }

  it("gives each state, and waits in between", async () => {
    const { asked, ...work } = job(4);
    const states = await clock.until(collect(poll({ ...work, interval: 100, maxWait: 10_000 })));
    expect([states, asked, clock.timers]).toEqual([[1, 2, 3, 4], [0, 100, 200, 300], 0]);
  });

  it("waits longer each time, up to a bound", async () => {
    const { asked, ...work } = job(6);
    await clock.until(collect(poll({ ...work, interval: 100, backoff: 2, maxInterval: 500, maxWait: 10_000 })));
    expect(asked).toEqual([0, 100, 300, 700, 1200, 1700]);
  });

  it("waits for as long as it is told, also without end", async () => {
    clock.uninstall(); // timers of the runtime fire at once when they are given more than they hold
    const { asked: _, ...work } = job(3);
    expect([await collect(poll({ ...work, interval: 2, maxWait: Infinity })), await collect(poll({ ...job(3), interval: 2, maxWait: 2 ** 32 }))]).toEqual([[1, 2, 3], [1, 2, 3]]);
  });

  it("asks nothing before it is read", async () => {
    const { asked, ...work } = job(1);
    poll({ ...work, interval: 1, maxWait: 1 });
    await clock.advance(10);
    expect(asked).toEqual([]);
  });

  it("gives up in time, also on a question that is never answered, and tells it", async () => {
    let told: AbortSignal | undefined;
    const ask = (signal: AbortSignal): Promise<number> => {
      told = signal;
      return new Promise(() => {});
    };
    const failure = failureOf(poll({ ask, isDone: () => true, interval: 1, maxWait: 5000 }));
    await clock.advance(5000);
    expect(await failure).toMatchObject({ code: "deadline_exceeded", reason: "timeout", message: "the job did not end within 5000 ms" });
    expect([told?.aborted, clock.timers]).toEqual([true, 0]);
  });

  it("gives up while it waits", async () => {
    const { asked, ...work } = job(99);
    const failure = failureOf(poll({ ...work, interval: 1000, maxWait: 2500 }));
    await clock.advance(2500);
    expect(await failure).toMatchObject({ reason: "timeout" });
    expect([asked, clock.timers]).toEqual([[0, 1000, 2000], 0]);
  });

  it("rejects with the reason of an abort, while it asks and while it waits, and leaves nothing", async () => {
    for (const ask of [() => new Promise<number>(() => {}), () => Promise.resolve(1)]) {
      const abort = countedAbort();
      const failure = failureOf(poll({ ask, isDone: () => false, interval: 1000, maxWait: 5000, signal: abort.signal }));
      await clock.advance(10);
      abort.abort("enough");
      expect(await failure).toBe("enough");
      await clock.advance(0);
      expect([abort.listeners, clock.timers]).toEqual([0, 0]);
    }
  });

  it("passes on what the question failed with", async () => {
    const error = new Error("no");
    await expect(collect(poll({ ask: () => Promise.reject(error), isDone: () => false, interval: 1, maxWait: 5 }))).rejects.toBe(error);
    expect(clock.timers).toBe(0);
  });

  it("leaves no timer when its reader leaves", async () => {
    const { ask } = job(99);
    for await (const _ of poll({ ask, isDone: () => false, interval: 1000, maxWait: 5000 })) break;
    const reading = forEach(poll({ ask, isDone: () => false, interval: 1000, maxWait: 5000 }), () => Promise.reject(new Error("enough")));
    await expect(reading).rejects.toThrow("enough");
    await clock.advance(0);
    expect(clock.timers).toBe(0);
  });
});
