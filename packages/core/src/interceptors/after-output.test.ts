import { feed, turns, virtualClock } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bidi, collect, intercept, outputStream, StageError, unary, type Stream } from "../index.js";
import { applyRollbacks, fallback, retry, rollback, type Failover, type Retry, type Rollback } from "./index.js";

const down = new StageError("unavailable", "down");
const immediate = { jitter: false, backoff: { initial: 0 } } as const;

interface Tell {
  readonly from: number;
}
const text = "once upon a time";

/** Tells the text from a place on; call after call breaks off after so many letters, the call after the last of them tells all. */
function teller(cuts: readonly number[], asked: Tell[] = []) {
  return outputStream(async function* tell(request: Tell) {
    const cut = cuts[asked.push(request) - 1];
    yield* feed(...text.slice(request.from, cut === undefined ? undefined : request.from + cut));
    if (cut !== undefined) throw down;
  });
}
const goOn = ({ from }: Tell, given: readonly string[]): Tell => ({ from: from + given.length });
const goingOn = { afterOutput: "continue", continueWith: goOn } as const;

test("a retry goes on where the attempt before broke off, and tells so", async () => {
  const [asked, told]: [Tell[], Retry[]] = [[], []];
  const stage = intercept(teller([4, 0, 3], asked), retry({ ...immediate, ...goingOn, attempts: 4, onRetry: (one) => void told.push(one) }));
  expect([(await collect(stage({ from: 0 }))).join(""), asked, told.map(({ attempt, afterOutput }) => [attempt, afterOutput])]).toEqual([
    text,
    [{ from: 0 }, { from: 4 }, { from: 4 }, { from: 7 }],
    [[1, "continue"], [2, "continue"], [3, "continue"]],
  ]);
});

test("a stage that stands in goes on where the one before broke off, and tells so", async () => {
  const [asked, told]: [Tell[], Failover[]] = [[], []];
  const stage = intercept(teller([5]), fallback(teller([], asked), { ...goingOn, onFallback: (one) => void told.push(one) }));
  expect([(await collect(stage({ from: 0 }))).join(""), asked, told]).toEqual([text, [{ from: 5 }], [{ stage: "tell", error: down, next: "tell", afterOutput: "continue" }]]);
});

test("what an inner retry took back is not gone on from", async () => {
  const asked: Tell[] = [];
  const inner = intercept(teller([4, 6], asked), retry({ ...immediate, attempts: 2, afterOutput: "replace" }));
  const given: (readonly (string | Rollback)[])[] = [];
  const continueWith = (input: Tell, values: readonly (string | Rollback)[]): Tell => {
    given.push([...values]);
    return { from: input.from + values.length };
  };
  const stage = intercept(inner, retry({ ...immediate, afterOutput: "continue", continueWith }));
  expect([(await applyRollbacks<string>()(stage({ from: 0 }))).join(""), given, asked]).toEqual([text, [[..."once u"]], [{ from: 0 }, { from: 0 }, { from: 6 }]]);
});

test("the error is told where there is no way to go on", async () => {
  const told: Retry[] = [];
  const stage = intercept(teller([4]), retry({ ...immediate, afterOutput: "continue", continueWith: (_: Tell, _given: readonly string[]) => undefined, onRetry: (one) => void told.push(one) }));
  expect([await collect(stage({ from: 0 })).catch((error: unknown) => error), told]).toEqual([down, []]);
});

test("values that are no content stand in nobody's way, and are taken back where output is", async () => {
  const warn = (...attempts: string[][]) =>
    outputStream(async function* warn(_: string) {
      yield* feed(...(attempts.shift() ?? []));
      if (attempts.length > 0) throw down;
    });
  const isContent = (value: unknown): boolean => value !== "!";
  const first = intercept(warn(["!"], ["!", "a"]), retry({ ...immediate, isContent }));
  const replaced = intercept(warn(["!", "a"], ["!", "b"]), retry({ ...immediate, isContent, afterOutput: "replace" }));
  const late = intercept(warn(["!", "a"], ["b"]), retry({ ...immediate, isContent }));
  expect([await collect(first("?")), await collect(replaced("?")), await collect(late("?")).catch((error: unknown) => error)]).toEqual([["!", "!", "a"], ["!", "a", rollback(2), "!", "b"], down]);
});

test("going on needs a stage from a value to a stream, and a way", () => {
  const same = bidi((input: Stream<string>) => input);
  const anyWay = { afterOutput: "continue", continueWith: (input: string, _given: readonly string[]) => input } as const;
  expect(() => intercept(same, retry(anyWay))).toThrow('retry: bidi takes a stream; afterOutput "continue" is for stages that take one value');
  expect(() => intercept(unary((word: string) => word), fallback(unary((word: string) => word), anyWay))).toThrow('fallback: unary gives one value; afterOutput "continue" is for stages that give a stream');
  expect(() => intercept(teller([]), retry({ afterOutput: "continue" } as never))).toThrow('retry: afterOutput "continue" needs continueWith');
});

test.for(["replace", "continue"] as const)("whatever fails and however late, %s loses nothing, gives nothing twice, and counts each attempt once", async (afterOutput) => {
  const script = fc.array(fc.record({ wait: fc.nat(3000), length: fc.nat(20), isLate: fc.boolean() }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), fc.boolean(), async (cuts, isSlow, inTwo) => {
      using clock = virtualClock().install();
      let calls = 0;
      const told: number[] = [];
      const tell = outputStream(async function* tell({ from }: Tell, { signal }) {
        const cut = cuts[calls++];
        await clock.sleep(cut?.wait ?? 0, signal);
        for (const letter of cut ? text.slice(from, from + cut.length) : text.slice(from)) {
          if (isSlow) await turns();
          yield letter;
        }
        if (cut?.isLate) await clock.sleep(50, signal);
        if (cut) throw down;
      });
      const policy = { attempts: 4, random: () => 0.5, onRetry: ({ attempt }: Retry) => void told.push(attempt) };
      const again = () => (afterOutput === "continue" ? retry({ ...policy, ...goingOn }) : retry({ ...policy, afterOutput })) as ReturnType<typeof retry>;
      const stage = inTwo ? intercept(tell, again(), again()) : intercept(tell, again());
      const most = inTwo ? 16 : 4;
      const outcome = await clock.until<unknown>(applyRollbacks<string>()(stage({ from: 0 })).then((letters) => letters.join(""), (error: unknown) => error));
      expect(outcome).toEqual(cuts.length < most ? text : down);
      expect(calls).toBe(Math.min(cuts.length + 1, most));
      expect(clock.timers).toBe(0);
      if (!inTwo) expect(told).toEqual(Array.from({ length: calls - 1 }, (_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});
