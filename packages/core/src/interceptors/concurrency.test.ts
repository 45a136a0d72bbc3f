import { hang, turns } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, intercept, outputStream, StageError, unary } from "../index.js";
import { concurrency } from "./index.js";

/** A stage whose calls are ended by hand, in any order. */
function door(options: Parameters<typeof concurrency>[0]) {
  const running = new Map<number, (error?: Error) => void>();
  let most = 0;
  const work = unary(function work(n: number, { signal }) {
    return new Promise<number>((resolve, reject) => {
      signal.addEventListener("abort", () => running.delete(n));
      running.set(n, (error) => {
        running.delete(n);
        if (error) reject(error);
        else resolve(n);
      });
      most = Math.max(most, running.size);
    });
  });
  return { running, stage: intercept(work, concurrency(options)), most: () => most };
}

test("so many run at a time, and the others begin in the order in which they came", async () => {
  const { stage, running } = door({ limit: 2 });
  const answers = [1, 2, 3, 4, 5].map((n) => stage(n));
  const begun: number[][] = [];
  for (const n of [2, 1, 3, 4, 5]) {
    await turns();
    begun.push([...running.keys()]);
    running.get(n)?.();
  }
  expect([begun, await Promise.all(answers)]).toEqual([[[1, 2], [1, 3], [3, 4], [4, 5], [5]], [1, 2, 3, 4, 5]]);
});

test("a full queue refuses, and what waits is not disturbed", async () => {
  const { stage, running } = door({ limit: 1, queue: 1 });
  const [first, second] = [stage(1), stage(2)];
  await turns();
  await expect(stage(3)).rejects.toMatchObject({ code: "resource_exhausted", reason: "queue-full", retryable: true });
  running.get(1)?.();
  await turns();
  running.get(2)?.();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
});

test("who gives up while waiting leaves the line at once, and nobody loses a place", async () => {
  const { stage, running } = door({ limit: 1 });
  const controller = new AbortController();
  const first = stage(1);
  const second = stage(2, { signal: controller.signal }).catch((error: unknown) => error);
  const third = stage(3);
  await turns();
  controller.abort(new Error("given up"));
  expect([await second, [...running.keys()]]).toEqual([new Error("given up"), [1]]);
  running.get(1)?.();
  await turns();
  running.get(3)?.();
  expect(await Promise.all([first, third])).toEqual([1, 3]);
});

test("a place is given back on every exit: error, leaving, an abort of a deaf run, and a signal that fires as its turn comes", async () => {
  const limit = concurrency({ limit: 1 });
  const failing = intercept(unary(() => Promise.reject(new StageError("internal", "broken"))), limit);
  const letters = intercept(outputStream(async function* letters(word: string) {
    yield* word;
  }), limit);
  const deaf = intercept(outputStream((_: string) => hang<string>("a")), limit);
  await expect(failing("?")).rejects.toThrow("broken");
  for await (const letter of letters("ab")) {
    void letter;
    break;
  }
  const controller = new AbortController();
  const read = collect(deaf("?", { signal: controller.signal })).catch((error: Error) => error.message);
  await turns();
  const late = new AbortController();
  const waiting = collect(letters("cd", { signal: late.signal })).catch((error: Error) => error.message);
  await turns();
  controller.abort(new Error("one"));
  late.abort(new Error("two"));
  expect([await read, await waiting, await collect(letters("ef"))]).toEqual(["one", "two", ["e", "f"]]);
});

test("a limit may be shared by several stages", async () => {
  const limit = concurrency({ limit: 1 });
  const log: string[] = [];
  const stage = (name: string) =>
    intercept(unary(async (n: number) => {
      log.push(`${name} begins`);
      await turns(2);
      log.push(`${name} ends`);
      return n;
    }), limit);
  await Promise.all([stage("a")(1), stage("b")(2)]);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

test("whatever ends, fails and is given up in whatever order: never more than the limit, and every place comes back", async () => {
  const act = fc.record({ act: fc.constantFrom("call", "end", "fail", "abort"), which: fc.nat(20) });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(act, { maxLength: 40 }), async (limit, acts) => {
      const { stage, running, most } = door({ limit });
      const callers: AbortController[] = [];
      const answers: Promise<unknown>[] = [];
      const call = (): void => {
        const controller = new AbortController();
        callers.push(controller);
        answers.push(stage(callers.length, { signal: controller.signal }).catch(() => {}));
      };
      for (const { act, which } of acts) {
        const chosen = [...running.values()][which % Math.max(running.size, 1)];
        if (act === "call") call();
        else if (act === "abort") callers[which % Math.max(callers.length, 1)]?.abort();
        else chosen?.(act === "fail" ? new Error("fail") : undefined);
        if (which % 3 === 0) await turns();
      }
      for (const caller of callers) caller.abort();
      await Promise.all(answers);
      running.clear();
      for (let n = 0; n < limit; n++) call();
      await turns(2);
      const free = running.size;
      for (const end of running.values()) end();
      await Promise.all(answers);
      expect([most() <= limit, free]).toEqual([true, limit]);
    }),
    { numRuns: 60 },
  );
});

test("options out of range are refused", () => {
  expect(() => concurrency({ limit: 0 })).toThrow("concurrency: limit must be a whole number from 1 on, not 0");
});
