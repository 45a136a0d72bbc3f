import { collect, StageError, type Stream } from "@iftk/core";
import { implement, type TaskCall } from "@iftk/core/task";
import { feed, stageLaws, taskLaws, turns, virtualClock } from "@iftk/testing";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { shout, shouter, shouting } from "../fixtures/shout-task.js";
import { batched } from "./batched.js";

const clock = virtualClock();
beforeEach(() => void clock.install());
afterEach(() => clock.uninstall());

interface Batch {
  readonly inputs: readonly string[];
  readonly marks: number;
  readonly signal: AbortSignal;
}

/** An implementation that writes down its batches. */
function recorded(answer: (batch: Batch) => Promise<readonly (string | Error)[]> = ({ inputs, marks }) => Promise.resolve(inputs.map((input) => shout(input, marks)))) {
  const batches: Batch[] = [];
  const runBatch = (inputs: readonly string[], { parameters, signal }: TaskCall<{ marks: number }>): Promise<readonly (string | Error)[]> => {
    const batch = { inputs, marks: parameters.marks, signal };
    batches.push(batch);
    return answer(batch);
  };
  return { batches, implementation: implement(shouting, { runBatch }), groups: () => batches.map(({ inputs }) => inputs) };
}

const never = (): Promise<never> => new Promise(() => {});

test("calls at the same time go together when the first has waited long enough, each with its own result", async () => {
  const { implementation, groups } = recorded();
  const { run } = batched(implementation, { size: 8, delay: 10 });
  const results = Promise.all([run("a"), run("b")]);
  await clock.advance(9);
  const late = run("c");
  expect(groups()).toEqual([]);
  await clock.advance(1);
  expect([await results, await late, groups()]).toEqual([["A", "B"], "C", [["a", "b", "c"]]]);
});

test("a full batch goes at once, and no batch is larger", async () => {
  const { implementation, groups } = recorded();
  const { run } = batched(implementation, { size: 2, delay: 1_000 });
  const results = Promise.all(["a", "b", "c", "d", "e"].map((input) => run(input)));
  await turns();
  expect(groups()).toEqual([["a", "b"], ["c", "d"]]);
  await clock.advance(1_000);
  expect([await results, groups()[2]]).toEqual([["A", "B", "C", "D", "E"], ["e"]]);
});

test("only calls with equal parameters go together", async () => {
  const { implementation, batches } = recorded();
  const grouped = batched(implementation, { size: 8, delay: 10 });
  const results = Promise.all([grouped.run("a"), grouped.with({ marks: 2 }).run("b"), grouped.with({}).run("c"), grouped.with({ marks: 2 }).run("d"), grouped.with({ marks: 0 }).run("e")]);
  await clock.advance(10);
  expect([await results, batches.map(({ inputs, marks }) => [marks, inputs])]).toEqual([["A", "B!!", "C", "D!!", "E"], [[0, ["a", "c", "e"]], [2, ["b", "d"]]]]);
});

test("whatever the calls, each has its own result, and no batch is too large or mixes parameters", async () => {
  const calls = fc.array(fc.record({ input: fc.string({ maxLength: 3 }), marks: fc.nat(2), pause: fc.nat(12) }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 5 }), fc.nat(10), async (all, size, delay) => {
      const { implementation, batches } = recorded();
      const grouped = batched(implementation, { size, delay });
      const results: Promise<string>[] = [];
      for (const { input, marks, pause } of all) {
        results.push(grouped.with({ marks }).run(input));
        if (pause > 9) await clock.advance(pause);
      }
      await clock.advance(delay);
      expect(await Promise.all(results)).toEqual(all.map(({ input, marks }) => shout(input, marks)));
      expect(batches.every(({ inputs }) => inputs.length >= 1 && inputs.length <= size)).toBe(true);
      for (const marks of [0, 1, 2]) expect(batches.filter((batch) => batch.marks === marks).flatMap(({ inputs }) => inputs)).toEqual(all.filter((call) => call.marks === marks).map(({ input }) => input));
    }),
    { numRuns: 25 },
  );
});

test("an input that does not fit is rejected alone, before it joins", async () => {
  const { implementation, groups } = recorded();
  const { run } = batched(implementation, { size: 2, delay: 10 });
  const [bad, good] = [run(7 as never), run("b")];
  await expect(bad).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("shouting: input: ") as string });
  await clock.advance(10);
  expect([await good, groups()]).toEqual(["B", [["b"]]]);
});

test("bad parameters are refused when they are given", () => {
  expect(() => batched(shouter, { size: 2, delay: 10 }).with({ marks: -1 })).toThrow(expect.objectContaining({ code: "invalid_argument" }) as Error);
});

test("an error that is a result is told to its caller alone", async () => {
  const own = new StageError("invalid_argument", "too loud");
  const { run } = batched(recorded(() => Promise.resolve(["A", own])).implementation, { size: 2, delay: 10 });
  expect(await Promise.allSettled([run("a"), run("b")])).toEqual([{ status: "fulfilled", value: "A" }, { status: "rejected", reason: own }]);
});

test("an error that is thrown is told to all of the batch, untouched, and not to the next", async () => {
  const torn = new Error("torn");
  let isTorn = true;
  const { implementation } = recorded(({ inputs }) => (isTorn ? Promise.reject(torn) : Promise.resolve(inputs)));
  const { run } = batched(implementation, { size: 2, delay: 10 });
  const outcomes = await Promise.allSettled([run("a"), run("b")]);
  expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason === torn)).toEqual([true, true]);
  isTorn = false;
  expect(await Promise.all([run("c"), run("d")])).toEqual(["c", "d"]);
});

test("a batch that gives too few results fails for all of it", async () => {
  const { run } = batched(recorded(() => Promise.resolve(["A"])).implementation, { size: 2, delay: 10 });
  const outcomes = await Promise.allSettled([run("a"), run("b")]);
  expect(outcomes).toEqual([0, 1].map(() => ({ status: "rejected", reason: expect.objectContaining({ code: "internal" }) as unknown })));
});

test("who leaves before the batch goes is left out, and a batch that all have left never goes", async () => {
  const { implementation, groups } = recorded();
  const { run } = batched(implementation, { size: 8, delay: 10 });
  const [first, second] = [new AbortController(), new AbortController()];
  const [one, two, three] = [run("a", { signal: first.signal }), run("b"), run("c", { signal: second.signal })];
  one.catch(() => {});
  await turns();
  first.abort("enough");
  await expect(one).rejects.toBe("enough");
  await clock.advance(10);
  expect([await two, await three, groups()]).toEqual(["B", "C", [["b", "c"]]]);
  const last = run("d", { signal: second.signal });
  last.catch(() => {});
  await turns();
  second.abort("enough");
  await expect(last).rejects.toBe("enough");
  await clock.advance(10);
  expect([groups().length, clock.timers]).toEqual([1, 0]);
});

test("who leaves while the batch runs is told at once; its signal fires when all have left", async () => {
  const { implementation, batches } = recorded(never);
  const { run } = batched(implementation, { size: 2, delay: 10 });
  const callers = [new AbortController(), new AbortController()];
  const calls = callers.map(({ signal }, index) => run(`${index}`, { signal }));
  for (const call of calls) call.catch(() => {});
  await turns();
  callers[0]?.abort("first");
  await expect(calls[0]).rejects.toBe("first");
  expect(batches[0]?.signal.aborted).toBe(false);
  callers[1]?.abort("second");
  await expect(calls[1]).rejects.toBe("second");
  expect(batches[0]?.signal.reason).toBe("second");
});

test("a deadline ends the call that has it, not its batch", async () => {
  const { implementation, groups } = recorded();
  const { run } = batched(implementation, { size: 8, delay: 100 });
  const [hasty, patient] = [run("a", { deadline: Date.now() + 50 }), run("b")];
  hasty.catch(() => {});
  await clock.advance(100);
  await expect(hasty).rejects.toMatchObject({ code: "deadline_exceeded" });
  expect([await patient, groups()]).toEqual(["B", [["b"]]]);
});

test("no more calls wait than maxWaiting, those in a batch that runs among them", async () => {
  const free = Promise.withResolvers<void>();
  const { implementation, groups } = recorded(async ({ inputs }) => {
    await free.promise;
    return inputs;
  });
  const { run } = batched(implementation, { size: 2, delay: 10, maxWaiting: 3 });
  const waiting = ["a", "b", "c"].map((input) => run(input));
  await turns();
  await expect(run("d")).rejects.toMatchObject({ code: "resource_exhausted", reason: "queue-full" });
  free.resolve();
  expect([await Promise.all(waiting.slice(0, 2)), await run("e"), await waiting[2], groups()]).toEqual([["a", "b"], "e", "c", [["a", "b"], ["c", "e"]]]);
});

test("closing rejects those that wait and all later calls, and waits for the batches that run", async () => {
  const done = Promise.withResolvers<readonly string[]>();
  const grouped = batched(recorded(() => done.promise).implementation, { size: 2, delay: 10 });
  const [one, two, waiting] = ["a", "b", "c"].map((input) => grouped.run(input));
  waiting?.catch(() => {});
  await turns();
  let isClosed = false;
  const closing = grouped.close().then(() => (isClosed = true));
  await expect(waiting).rejects.toMatchObject({ code: "unavailable", message: "shouting: its batches are closed" });
  await expect(grouped.with({ marks: 1 }).run("d")).rejects.toMatchObject({ code: "unavailable" });
  await turns();
  expect(isClosed).toBe(false);
  done.resolve(["A", "B"]);
  await closing;
  expect([await one, await two, clock.timers]).toEqual(["A", "B", 0]);
});

test("the flavours that stream are as they were", async () => {
  const { batches, implementation } = recorded();
  const streaming = implement(shouting, { runBatch: (inputs, call) => implementation.runBatch(inputs, call), bidi: (parts: Stream<string>) => shouter.bidi(parts) });
  const grouped = batched(streaming, { size: 2, delay: 10 });
  expect([await collect(grouped.bidi(feed("ab", "c"))), await collect(grouped.outputStream("xy")), await grouped.inputStream(feed("z")), batches]).toEqual([["AB", "C"], ["X", "Y"], "Z", []]);
});

test("options out of range are refused", () => {
  for (const options of [{ size: 0, delay: 1 }, { size: 1.5, delay: 1 }, { size: 1, delay: -1 }, { size: 1, delay: NaN }, { size: 1, delay: 1, maxWaiting: 0 }]) {
    expect(() => batched(shouter, options)).toThrow(/^batched: \w+ must be a /);
  }
});

const grouped = batched(shouter, { size: 1, delay: 0 });
stageLaws("a batched call", { stage: () => grouped.unary, hanging: () => batched(implement(shouting, { runBatch: never }), { size: 1, delay: 0 }).unary, input: ["a"], output: ["A"] });
stageLaws("a call that waits for its batch", { stage: () => grouped.unary, hanging: () => batched(shouter, { size: 2, delay: 1_000_000 }).unary, input: ["a"], output: ["A"] });
taskLaws("shouting in batches", { task: shouting, wholes: ["", "a fox", "é 🦊"], implementation: grouped, parameters: { marks: 3 }, rounds: 5 });
