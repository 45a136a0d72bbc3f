import { setImmediate as turn } from "node:timers/promises";
import { countedAbort, microtasks } from "@iftk/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyPipeline, makePipeline, modelOf, stageError, type Finals } from "./fixtures/random-pipeline.js";
import { anySource, makeSource, sourceError, Watch } from "./fixtures/random-source.js";
import { forEach, toReadableStream } from "./index.js";

/** Waits until nothing has happened for more turns of the event loop than any part waits. */
async function quiet(...counts: readonly object[]): Promise<void> {
  const state = (): string => JSON.stringify(counts);
  for (let still = 0, before = state(); still < 7; still++) {
    await turn();
    const now = state();
    if (now !== before) still = -1;
    before = now;
  }
}

type Action = "next" | "return" | "throw" | "abort" | "turn" | "microtask";
const script = fc.array(fc.constantFrom<Action>("next", "next", "next", "next", "turn", "turn", "microtask", "return", "throw", "abort"), { minLength: 1, maxLength: 14 });

/** What a read came to: a value, "end", "pending", or an error. */
type Answer = number | "end" | "pending" | { readonly error: unknown };

const reason = new Error("aborted");
const thrown = new Error("thrown in");

class Reads {
  readonly answers: Answer[] = [];
  /** Errors that `return` and `throw` told: one that was on its way when the stream was left. */
  readonly told: unknown[] = [];
  /** The order in which they were settled. */
  readonly order: number[] = [];

  add(read: Promise<IteratorResult<number>>): void {
    const index = this.answers.push("pending") - 1;
    const settle = (answer: Answer): void => {
      this.answers[index] = answer;
      this.order.push(index);
    };
    read.then(
      ({ done, value }) => settle(done ? "end" : value),
      (error: unknown) => settle({ error }),
    );
  }

  get values(): number[] {
    return this.answers.filter((answer) => typeof answer === "number");
  }

  get failures(): unknown[] {
    return this.answers.flatMap((answer) => (typeof answer === "object" ? [answer.error] : []));
  }
}

/** Of everything that was opened nothing may be left. */
function expectClosed(watch: Watch, finals: Finals, abort: { readonly listeners: number }): void {
  expect({ badReads: watch.badReads, closes: watch.closes <= 1, isClosed: watch.opens === 0 || watch.isOver || watch.closes === 1, opens: watch.opens <= 1 }).toEqual({ badReads: 0, closes: true, isClosed: true, opens: true });
  expect([finals.finished, abort.listeners]).toEqual([finals.started, 0]);
}

test("whatever a consumer does in whatever order, a pipeline keeps its promises", async () => {
  await fc.assert(
    fc.asyncProperty(anySource, anyPipeline, script, async (source, names, actions) => {
      const watch = new Watch();
      const finals: Finals = { started: 0, finished: 0, steps: 0 };
      const abort = countedAbort();
      const model = modelOf(names, source);
      const reads = new Reads();
      const leaving: Promise<unknown>[] = [];
      const leave = (left: Promise<unknown> | undefined): void => void leaving.push(Promise.resolve(left).catch((error: unknown) => void (error === thrown || reads.told.push(error))));
      const iterator = makePipeline(names, finals)(makeSource(source, watch), { signal: abort.signal })[Symbol.asyncIterator]() as AsyncIterableIterator<number, undefined>;
      let firstClose: Action | undefined;
      for (const action of actions) {
        if (action === "next") reads.add(iterator.next());
        else if (action === "turn") await turn();
        else if (action === "microtask") await microtasks();
        else {
          firstClose ??= action;
          if (action === "abort") abort.abort(reason);
          if (action === "return") leave(iterator.return?.());
          if (action === "throw") leave(iterator.throw?.(thrown));
        }
      }
      await quiet(reads, watch, finals);
      const pending = reads.answers.filter((answer) => answer === "pending").length;
      if (firstClose === undefined) {
        const ends: Answer[] = model.end === "end" ? ["end"] : model.end === "silence" ? ["pending"] : [{ error: reads.failures[0] }];
        const after: Answer = model.end === "silence" ? "pending" : "end";
        const all = [...model.values, ...ends, ...reads.answers.map(() => after)].slice(0, reads.answers.length);
        expect(reads.answers).toEqual(all);
      } else expect(pending).toBe(0);
      leave(iterator.return?.());
      const left = Promise.race([Promise.all(leaving).then(() => "left"), quiet(watch, finals).then(() => "not left")]);
      expect(await left).toBe("left");
      reads.add(iterator.next());
      await turn();
      await turn();
      const count = reads.values.length;
      expect([reads.values, reads.answers.slice(0, count), reads.order]).toEqual([model.values.slice(0, count), reads.values, reads.answers.map((_, index) => index)]);
      expect(reads.answers.slice(count).filter((answer) => answer !== "end").length).toBeLessThanOrEqual(1);
      expect(reads.answers.at(-1)).toBe("end");
      expect([[], [reason], [sourceError], [stageError]]).toContainEqual(reads.failures);
      if (reads.told.length > 0) expect([model.end, reads.told.every((error) => error === sourceError || error === stageError), reads.failures.length === 0 || reads.failures[0] === reason]).toEqual(["error", true, true]);
      if (reads.failures[0] === reason) expect(actions).toContain("abort");
      else if (reads.failures.length > 0) expect([model.end, count]).toEqual(["error", model.values.length]);
      expectClosed(watch, finals, abort);
    }),
    { numRuns: 500 },
  );
});

test("after an abort the next answer is a rejection with its reason, within a turn of the event loop", async () => {
  await fc.assert(
    fc.asyncProperty(anySource, anyPipeline, fc.nat({ max: 4 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }), async (source, names, before, wait, pending) => {
      const watch = new Watch();
      const finals: Finals = { started: 0, finished: 0, steps: 0 };
      const abort = countedAbort();
      const iterator = makePipeline(names, finals)(makeSource(source, watch), { signal: abort.signal })[Symbol.asyncIterator]();
      const reads = new Reads();
      for (let read = 0; read < before; read++) reads.add(iterator.next());
      await quiet(reads, watch, finals);
      if (reads.answers.some((answer) => typeof answer !== "number")) return void (await iterator.return?.());
      for (let read = 0; read < pending; read++) reads.add(iterator.next());
      await microtasks(wait);
      const settled = reads.order.length;
      const isOver = reads.answers.slice(0, settled).some((answer) => typeof answer !== "number");
      abort.abort(reason);
      if (pending === 0) reads.add(iterator.next());
      await turn();
      await turn();
      const answers = reads.answers.slice(settled).filter((answer) => typeof answer !== "number");
      if (isOver) expect(answers).toEqual(answers.map(() => "end"));
      else if (answers.length > 0 && answers[0] !== "end") expect([reason, sourceError, stageError]).toContain((answers[0] as { error: unknown }).error);
      else if (answers.length > 0) expect(reads.values).toEqual(modelOf(names, source).values);
      expect(reads.answers).not.toContain("pending");
      await quiet(watch, finals);
      expectClosed(watch, finals, abort);
    }),
    { numRuns: 250 },
  );
});

test("a run at one go, as batches or as a web stream gives what the model gives, or fails with the reason it was ended for", async () => {
  const visits = fc.record({ waits: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 3 }), abortAt: fc.option(fc.nat({ max: 6 })), throwAt: fc.option(fc.nat({ max: 6 })), isWeb: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(anySource, anyPipeline, visits, async (source, names, { waits, abortAt, throwAt, isWeb }) => {
      const watch = new Watch();
      const finals: Finals = { started: 0, finished: 0, steps: 0 };
      const abort = countedAbort();
      const model = modelOf(names, source);
      const seen: number[] = [];
      const visit = async (value: number): Promise<void> => {
        seen.push(value);
        if (seen.length - 1 === abortAt) abort.abort(reason);
        if (seen.length - 1 === throwAt) throw thrown;
        for (let left = waits[seen.length % waits.length] as number; left > 0; left--) await turn();
      };
      const stream = makePipeline(names, finals)(makeSource(source, watch), { signal: abort.signal });
      const read = isWeb ? readWeb(toReadableStream(stream), visit) : forEach(stream, visit);
      const outcome = await Promise.race([read.then(() => "end", (error: unknown) => error), quiet(seen, watch, finals).then(() => "silence")]);
      const isThrown = throwAt !== null && throwAt < model.values.length && (abortAt === null || throwAt <= abortAt);
      const isAborted = abortAt !== null && abortAt < model.values.length && !isThrown;
      if (isThrown) expect(outcome === thrown || (abortAt === throwAt && outcome === reason)).toBe(true);
      else if (isAborted) expect([outcome === reason || (isWeb && [thrown, sourceError, stageError].includes(outcome as Error)), isWeb || seen.length === abortAt + 1]).toEqual([true, true]);
      else expect([model.end === "error" ? outcome === sourceError || outcome === stageError : outcome === model.end, seen]).toEqual([true, model.values]);
      expect(seen).toEqual(model.values.slice(0, seen.length));
      abort.abort(reason);
      await quiet(watch, finals);
      expectClosed(watch, finals, abort);
    }),
    { numRuns: 300 },
  );
});

async function readWeb(stream: ReadableStream<number>, visit: (value: number) => Promise<void>): Promise<void> {
  const reader = stream.getReader();
  try {
    for (let result = await reader.read(); !result.done; result = await reader.read()) await visit(result.value);
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
}
