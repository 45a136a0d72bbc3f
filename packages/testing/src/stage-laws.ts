/** The laws that every stage keeps, as tests to run on any stage. */
import { collect, StageError, takesValue, yieldsValue, type AnyStage, type Stream } from "@iftk/core";
import { describe, expect, test } from "vitest";
import { countedAbort, turns } from "./signals.js";
import { failing, feed, hang, tracked, type Tracked } from "./sources.js";

/** A stage and what is needed to try the laws on it. */
export interface LawSubject {
  /** A fresh stage; called once for each run. */
  readonly stage: () => AnyStage;
  /** Inputs; a stage that takes one value is given the first. A stage that gives a stream gives at least two values for them. */
  readonly input: readonly unknown[];
  /** What the stage gives for them; left out where it differs from run to run. */
  readonly output?: readonly unknown[];
  /** For a stage that takes one value: one of its kind that never answers. */
  readonly hanging?: () => AnyStage;
  /** Holds once everything that calls acquired is given back; polled over turns of the event loop. */
  readonly isReleased?: () => boolean | Promise<boolean>;
  /** Inputs the stage takes for its first output, beyond one; a named buffer or `ahead`. */
  readonly readsAhead?: number;
}

interface Run {
  readonly source: Tracked<unknown>;
  readonly stream: Stream<unknown>;
}

/** Calls a stage in its mode; one value is seen as a stream of one, asked for by the first read. */
function run(stage: AnyStage, source: Stream<unknown>, value: unknown, signal?: AbortSignal): Run {
  const observed = tracked(source);
  const call = stage as unknown as (input: unknown, options: { signal?: AbortSignal }) => unknown;
  const answer = (): unknown => call(takesValue(stage.mode) ? value : observed, signal ? { signal } : {});
  const single = async function* (): Stream<unknown> {
    yield await answer();
  };
  return { source: observed, stream: yieldsValue(stage.mode) ? single() : (answer() as Stream<unknown>) };
}

type Outcome = { readonly value: unknown } | { readonly error: unknown } | "pending";

/** Declares a law where it applies; where it does not there is nothing to skip. */
function lawIf(applies: boolean, sentence: string, holds: () => Promise<void>): void {
  if (applies) test(sentence, holds);
}

/** What the promise did after some turns of the event loop. */
function within(count: number, promise: Promise<unknown>): Promise<Outcome> {
  const outcome = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return Promise.race([outcome, turns(count).then(() => "pending" as const)]);
}

/** Declares tests that pass when the stage keeps the laws. */
export function stageLaws(name: string, subject: LawSubject): void {
  const { input, output, isReleased, readsAhead = 0 } = subject;
  const { mode } = subject.stage();
  const takesStream = !takesValue(mode);
  const givesStream = !yieldsValue(mode);
  const canHang = takesStream || subject.hanging !== undefined;
  const start = (signal?: AbortSignal, source: Stream<unknown> = feed(...input)): Run => run(subject.stage(), source, input[0], signal);
  const startSilent = (signal?: AbortSignal): Run => run((takesStream ? subject.stage : (subject.hanging ?? subject.stage))(), hang(), input[0], signal);
  const expectReleased = async (): Promise<void> => {
    if (!isReleased) return;
    for (let turn = 0; turn < 1000 && !(await isReleased()); turn++) await turns();
    expect(await isReleased()).toBe(true);
  };

  describe(`${name} keeps the laws`, () => {
    test("it gives what it should, each time it is called", async () => {
      for (const outputs of [await collect(start().stream), await collect(start().stream)]) {
        if (output) expect(outputs).toEqual(output);
        else expect(outputs.length).toBeGreaterThan(0);
      }
      await expectReleased();
    });

    lawIf(takesStream, "lazy: the source is not opened before the first read", async () => {
      const { source, stream } = start();
      const iterator = stream[Symbol.asyncIterator]();
      await turns(2);
      await iterator.return?.();
      expect(source.opened).toBe(0);
    });

    lawIf(givesStream, "leaving closes the source before the consumer goes on", async () => {
      const { source, stream } = start();
      for await (const value of stream) {
        void value;
        break;
      }
      if (takesStream) expect(source.closed).toBe(1);
      await expectReleased();
    });

    lawIf(givesStream && canHang, "leaving settles while a read is pending on something deaf", async () => {
      const { source, stream } = startSilent();
      const iterator = stream[Symbol.asyncIterator]();
      const read = iterator.next();
      await turns();
      expect(await within(5, iterator.return?.() ?? Promise.resolve())).not.toBe("pending");
      expect(await within(5, read)).not.toBe("pending");
      if (takesStream) expect(source.closed).toBe(1);
      await expectReleased();
    });

    test("a signal that fired before the call: rejected with its reason, and nothing is opened", async () => {
      const abort = countedAbort();
      const reason = new Error("before");
      abort.abort(reason);
      const { source, stream } = start(abort.signal);
      expect(await within(5, collect(stream))).toEqual({ error: reason });
      expect([source.opened, abort.listeners]).toEqual([0, 0]);
      await expectReleased();
    });

    lawIf(canHang, "a signal that fires while a read is pending on something deaf: rejected with its reason at once", async () => {
      const abort = countedAbort();
      const reason = new Error("during");
      const { source, stream } = startSilent(abort.signal);
      const read = collect(stream);
      const outcome = within(10, read);
      await turns(2);
      abort.abort(reason);
      const settled = within(2, read);
      expect([await settled, await outcome]).toEqual([{ error: reason }, { error: reason }]);
      expect(abort.listeners).toBe(0);
      if (takesStream) expect(source.closed).toBe(1);
      await expectReleased();
    });

    lawIf(givesStream, "a signal that fires between reads closes the source at once and rejects the next read", async () => {
      const abort = countedAbort();
      const reason = new Error("between");
      const { source, stream } = start(abort.signal);
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      abort.abort(reason);
      await turns(2);
      if (takesStream) expect(source.closed).toBe(1);
      expect(await within(2, iterator.next())).toEqual({ error: reason });
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      await expectReleased();
    });

    lawIf(givesStream && takesStream, "pulled: a consumer that does not read leaves the source alone", async () => {
      const { source, stream } = start();
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      const { pulled } = source;
      await turns(3);
      expect(source.pulled).toBeLessThanOrEqual(pulled + readsAhead);
      await iterator.return?.();
    });

    lawIf(givesStream, "one consumer: a second is refused", async () => {
      const { stream } = start();
      const iterator = stream[Symbol.asyncIterator]();
      let refusal: unknown;
      try {
        stream[Symbol.asyncIterator]();
      } catch (error) {
        refusal = error;
      }
      expect(StageError.is(refusal) && refusal.code).toBe("failed_precondition");
      await iterator.return?.();
    });

    lawIf(givesStream, "reads that are made at once are answered in order", async () => {
      const iterator = start().stream[Symbol.asyncIterator]();
      const [first, second] = await Promise.all([iterator.next(), iterator.next()]);
      if (output) expect([first.value, second.value]).toEqual(output.slice(0, 2));
      else expect([first.done, second.done]).toEqual([false, false]);
      await iterator.return?.();
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      await expectReleased();
    });

    lawIf(takesStream, "an error of the source arrives untouched", async () => {
      const error = new Error("of the source");
      const { source, stream } = start(undefined, failing(error, ...input));
      const failure = await collect(stream).catch((caught: unknown) => caught);
      expect(failure).toBe(error);
      expect(source.closed).toBe(1);
      await expectReleased();
    });

    test("nothing leaks: the caller's signal has no listener after the end, or after leaving", async () => {
      const abort = countedAbort();
      await collect(start(abort.signal).stream);
      expect(abort.listeners).toBe(0);
      const iterator = start(abort.signal).stream[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.return?.();
      expect(abort.listeners).toBe(0);
      await expectReleased();
    });

    lawIf(givesStream && takesStream, "fair: a source that never waits lets the event loop turn", async () => {
      const abort = countedAbort();
      const endless = async function* (): Stream<unknown> {
        for (;;) yield* input;
      };
      const timer = turns(2).then(() => abort.abort(new Error("turned")));
      const { stream } = start(abort.signal, endless());
      await expect(collect(stream)).rejects.toThrow("turned");
      await timer;
    });
  });
}
