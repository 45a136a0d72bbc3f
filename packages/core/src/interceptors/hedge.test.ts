import { turns } from "@iftk/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bidi, collect, intercept, outputStream, StageError, type Stream } from "../index.js";
import { budget, hedge, hedgeLoser, type HedgeOptions, type Loser } from "./index.js";
import { pause } from "./pause.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers > 0) throw new Error(`${timers} timers are left`);
});

type Script = { readonly wait: number; readonly give: readonly (string | Error)[] };

/** Each call answers by the next script; the log says what became of it. */
function racer(name: string, log: string[], ...scripts: readonly Script[]) {
  let calls = 0;
  const run = async function* (_: string, { signal }: { signal: AbortSignal }): Stream<string> {
    const id = `${name}${++calls}`;
    const { wait, give } = scripts[calls - 1] ?? { wait: 0, give: [] };
    log.push(`${id} at ${Date.now() - began}`);
    let isOver = false;
    signal.addEventListener("abort", () => void (isOver || log.push(`${id} cancelled`)));
    for (const value of give) {
      await pause(wait, signal);
      isOver = value instanceof Error;
      if (value instanceof Error) throw value;
      yield value;
    }
  };
  return outputStream(Object.defineProperty(run, "name", { value: name }));
}
let began = 0;

async function race(stage: ReturnType<typeof racer>, options: HedgeOptions<ReturnType<typeof racer>>): Promise<string[] | string> {
  const values = collect(intercept(stage, hedge(options))("?")).catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  await turns(2);
  await vi.runAllTimersAsync();
  return values;
}

beforeEach(() => void (began = Date.now()));

test.for([
  ["a quick first attempt stays alone", [{ wait: 50, give: ["x", "y"] }], {}, ["x", "y"], ["a1 at 0"]],
  ["the second wins when the first is slow, and the first is cancelled at that moment", [{ wait: 300, give: ["x"] }, { wait: 50, give: ["y", "z"] }], {}, ["y", "z"], ["a1 at 0", "a2 at 100", "a1 cancelled"]],
  ["the first wins when it is still quicker, and the second is cancelled", [{ wait: 120, give: ["x", "y"] }, { wait: 50, give: ["z"] }], {}, ["x", "y"], ["a1 at 0", "a2 at 100", "a2 cancelled"]],
  ["a first that fails is followed at once", [{ wait: 30, give: [new StageError("unavailable", "down")] }, { wait: 50, give: ["y"] }], {}, ["y"], ["a1 at 0", "a2 at 30"]],
  ["a first that fails for good is not followed", [{ wait: 30, give: [new StageError("invalid_argument", "wrong")] }], {}, "wrong", ["a1 at 0"]],
  ["three attempts", [{ wait: 900, give: ["x"] }, { wait: 900, give: ["y"] }, { wait: 10, give: ["z"] }], { max: 3 }, ["z"], ["a1 at 0", "a2 at 100", "a3 at 200", "a1 cancelled", "a2 cancelled"]],
  ["when all fail the error carries all", [{ wait: 150, give: [new StageError("unavailable", "one")] }, { wait: 10, give: [new StageError("unavailable", "two")] }], {}, "a: all 2 attempts failed, the last with: one", ["a1 at 0", "a2 at 100"]],
  ["no content is needed to win: an attempt that ends has answered", [{ wait: 1, give: [] }], {}, [], ["a1 at 0"]],
  ["values without content decide nothing and are kept", [{ wait: 60, give: ["ping", "x"] }, { wait: 90, give: ["y"] }], { isContent: (value: unknown) => value !== "ping" }, ["ping", "x"], ["a1 at 0", "a2 at 100", "a2 cancelled"]],
] as [string, Script[], Partial<HedgeOptions>, unknown, string[]][])("%s", async ([, scripts, options, expected, events]) => {
  const log: string[] = [];
  const values = await race(racer("a", log, ...scripts), { after: 100, ...options });
  expect([values, log]).toEqual([expected, events]);
});

test("several stages race, and what the losers cost is told", async () => {
  const [log, losers]: [string[], Loser[]] = [[], []];
  const refused = new StageError("unauthenticated", "no key");
  const [a, b, c] = [racer("a", log, { wait: 70, give: ["ping", "x"] }), racer("b", log, { wait: 10, give: [refused] }), racer("c", log, { wait: 10, give: ["z"] })];
  const values = await race(a, { after: 100, stages: [b, c], isContent: (value) => value !== "ping", onLoser: (loser) => void losers.push(loser) });
  expect([values, losers, log]).toEqual([
    ["z"],
    [{ stage: "a", attempt: 1, milliseconds: 120, values: ["ping"] }, { stage: "b", attempt: 2, milliseconds: 20, values: [], error: refused }],
    ["a1 at 0", "b1 at 100", "c1 at 110", "a1 cancelled"],
  ]);
});

test("a loser's signal says that another attempt answered first", async () => {
  const reasons: unknown[] = [];
  const slow = outputStream(async function* slow(_: string, { signal }) {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    await pause(reasons.length === 0 ? 300 : 10, signal);
    yield "x";
  });
  const values = collect(intercept(slow, hedge({ after: 100, stages: [racer("b", [], { wait: 10, give: ["y"] })] }))("?"));
  await vi.runAllTimersAsync();
  await turns(2);
  expect([await values, reasons]).toEqual([["y"], [expect.objectContaining({ code: "canceled", reason: hedgeLoser })]]);
});

test("a budget limits additional attempts over many calls", async () => {
  const log: string[] = [];
  const slow = { wait: 150, give: ["x"] };
  const stage = racer("a", log, slow, slow, slow);
  const shared = budget({ ratio: 0, max: 1 });
  expect([await race(stage, { after: 100, budget: shared }), await race(stage, { after: 100, budget: shared }), log]).toEqual([["x"], ["x"], ["a1 at 0", "a2 at 100", "a2 cancelled", "a3 at 150"]]);
});

test("both attempts are cancelled when the caller gives up", async () => {
  const controller = new AbortController();
  const log: string[] = [];
  const never = { wait: 10_000, give: ["x"] };
  const values = collect(intercept(racer("a", log, never, never), hedge({ after: 100 }))("?", { signal: controller.signal })).catch((error: Error) => error.message);
  await vi.advanceTimersByTimeAsync(150);
  controller.abort(new Error("given up"));
  expect([await values, log]).toEqual(["given up", ["a1 at 0", "a2 at 100", "a1 cancelled", "a2 cancelled"]]);
});

test("the winner is cancelled when the consumer leaves", async () => {
  const log: string[] = [];
  const iterator = intercept(racer("a", log, { wait: 10, give: ["x", "y"] }), hedge({ after: 100 }))("?")[Symbol.asyncIterator]();
  const first = iterator.next();
  await vi.runAllTimersAsync();
  await first;
  await iterator.return?.();
  expect(log).toEqual(["a1 at 0", "a1 cancelled"]);
});

test("a stage that takes a stream, and one of another mode, are refused", () => {
  const same = bidi((input: Stream<string>) => input);
  expect(() => intercept(same, hedge({ after: 1 }))).toThrow("hedge: bidi takes a stream, which only one attempt can read");
  expect(() => intercept(racer("a", []), hedge({ after: 1, stages: [same as never] }))).toThrow("hedge: bidi is bidi and cannot stand in for a, which is output-stream");
  expect(() => hedge({ after: -1 })).toThrow("hedge: after must be a number from 0 on, not -1");
});
