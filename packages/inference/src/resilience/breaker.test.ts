import { collect, intercept, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { retry } from "@iftk/core/interceptors";
import { feed, hang, turns, virtualClock, type VirtualClock } from "@iftk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { breaker, type BreakerOptions } from "./index.js";

let clock: VirtualClock;
beforeEach(() => void (clock = virtualClock({ epoch: 1_000_000 }).install()));
afterEach(() => clock.uninstall());

const down = new StageError("unavailable", "down");
const wrong = new StageError("invalid_argument", "wrong");

/** A stage that answers each call with the next of these, and counts the calls that reach it. */
function provider(options: BreakerOptions, ...answers: readonly (Error | undefined)[]) {
  const calls: number[] = [];
  const circuit = breaker({ name: "acme", openFor: 1000, failures: 2, ...options });
  const ask = unary(async function ask(word: string) {
    const answer = answers[calls.push(Date.now() - 1_000_000) - 1];
    if (answer) throw answer;
    return Promise.resolve(word);
  });
  const stage = intercept(ask, circuit);
  const outcome = (): Promise<unknown> => stage("ok").catch((error: StageError) => error.reason ?? error.code);
  return { stage, calls, circuit, outcome };
}

test("it opens after failures in a row, refuses at once with the time to wait, lets one call through after it, and closes with its success", async () => {
  const changes: string[] = [];
  const { outcome, stage, calls, circuit } = provider({ onChange: (state) => void changes.push(state) }, down, down);
  const outcomes = [await outcome(), circuit.state, await outcome(), circuit.state, await outcome()];
  await clock.advance(400);
  const refusal = await stage("ok").catch((error: unknown) => error);
  await clock.advance(599);
  outcomes.push(await outcome());
  await clock.advance(1);
  outcomes.push(await outcome(), circuit.state);
  expect([outcomes, calls, changes]).toEqual([
    ["unavailable", "closed", "unavailable", "open", "circuit-open", "circuit-open", "ok", "closed"],
    [0, 0, 1000],
    ["open", "half-open", "closed"],
  ]);
  expect(refusal).toMatchObject({ code: "unavailable", reason: "circuit-open", retryAfter: 600, stage: "ask", message: "ask: acme has failed repeatedly and is not called for now" });
});

test("a trial that fails opens it again for the whole time", async () => {
  const { outcome, calls } = provider({}, down, down, down);
  const outcomes = [await outcome(), await outcome()];
  await clock.advance(1000);
  outcomes.push(await outcome());
  await clock.advance(999);
  outcomes.push(await outcome());
  await clock.advance(1);
  outcomes.push(await outcome());
  expect([outcomes, calls]).toEqual([["unavailable", "unavailable", "unavailable", "circuit-open", "ok"], [0, 0, 1000, 2000]]);
});

test("errors of other kinds and successes do not open it, and what the provider refuses closes a trial", async () => {
  const { outcome, circuit } = provider({}, down, wrong, undefined, down, wrong, new Error("a bug"), down, wrong);
  for (let call = 0; call < 6; call++) await outcome();
  const before = circuit.state;
  await outcome();
  const opened = circuit.state;
  await clock.advance(1000);
  await outcome();
  expect([before, opened, circuit.state]).toEqual(["closed", "open", "closed"]);
});

test("it may open by the share of calls that fail", async () => {
  const { outcome, circuit } = provider({ rate: { above: 0.5, window: 10_000, calls: 4 } }, down, down, undefined, down, down);
  const seen: string[] = [];
  for (let call = 0; call < 4; call++) {
    await outcome();
    seen.push(circuit.state);
    await clock.advance(100);
  }
  expect(seen).toEqual(["closed", "closed", "closed", "open"]);
});

/** A stream stage over a circuit that one failure opens; it stays silent until its script says otherwise. */
function streaming(scripts: readonly (() => Stream<unknown>)[]) {
  let calls = 0;
  const circuit = breaker({ failures: 1, openFor: 1000 });
  const stage = intercept(outputStream((_: string) => scripts[calls++]?.() ?? feed()), circuit);
  return { circuit, stage };
}
const fails = async function* (...values: unknown[]): Stream<unknown> {
  yield* values;
  throw down;
};

test("while a call is on trial all others are refused, and it closes with its first content", async () => {
  const { circuit, stage } = streaming([() => fails(), () => hang({ type: "warning", message: "soon" }, { type: "text-delta", text: "a" })]);
  await collect(stage("?")).catch(() => {});
  await clock.advance(1000);
  const trial = stage("?")[Symbol.asyncIterator]();
  await trial.next();
  const whileOpen = [circuit.state, await collect(stage("?")).catch((error: StageError) => [error.reason, error.retryAfter])];
  await trial.next();
  expect([whileOpen, circuit.state]).toEqual([["half-open", ["circuit-open", undefined]], "closed"]);
});

test("a trial that fails after its first content counts as one failure", async () => {
  const { circuit, stage } = streaming([() => fails(), () => fails({ type: "text-delta", text: "a" })]);
  await collect(stage("?")).catch(() => {});
  await clock.advance(1000);
  await collect(stage("?")).catch(() => {});
  expect(circuit.state).toBe("open");
});

test("a trial that is given up before content opens it again, one that nobody goes on with for ever does not block it", async () => {
  const { circuit, stage } = streaming([() => fails(), () => hang(), () => hang({ type: "warning", message: "soon" }), () => hang("x")]);
  await collect(stage("?")).catch(() => {});
  await clock.advance(1000);
  const given = new AbortController();
  const trial = collect(stage("?", { signal: given.signal })).catch((error: unknown) => error);
  await turns();
  given.abort(new Error("given up"));
  expect([await trial, circuit.state]).toEqual([new Error("given up"), "open"]);
  await clock.advance(1000);
  const idle = stage("?")[Symbol.asyncIterator]();
  await idle.next();
  await clock.advance(600_001);
  await collect(stage("?")).catch(() => {});
  await clock.advance(1000);
  const last = stage("?")[Symbol.asyncIterator]();
  expect([await last.next(), circuit.state]).toEqual([{ done: false, value: "x" }, "closed"]);
});

test("a call that is given up says nothing, but a deadline that passes without content is a failure", async () => {
  const { circuit, stage } = streaming([() => hang(), () => hang("a"), () => hang()]);
  const given = new AbortController();
  const first = collect(stage("?", { signal: given.signal })).catch(() => {});
  await turns();
  given.abort();
  await first;
  const second = collect(stage("?", { deadline: Date.now() + 100 })).catch(() => {});
  await clock.advance(100);
  await second;
  const before = circuit.state;
  const third = collect(stage("?", { deadline: Date.now() + 100 })).catch(() => {});
  await clock.advance(100);
  await third;
  expect([before, circuit.state]).toEqual(["closed", "open"]);
});

test("one breaker serves many calls of many stages at the same time", async () => {
  const circuit = breaker({ failures: 3 });
  let calls = 0;
  const make = () => intercept(unary(async (_: number): Promise<string> => (calls++, Promise.reject(down))), circuit);
  const [one, other] = [make(), make()];
  await Promise.allSettled([...Array(10).keys()].map((index) => (index % 2 ? one : other)(index)));
  const together = calls;
  await Promise.allSettled([...Array(10).keys()].map((index) => (index % 2 ? one : other)(index)));
  expect([together, calls, circuit.state]).toEqual([10, 10, "open"]);
});

test("each attempt of a retry counts", async () => {
  const circuit = breaker({ failures: 3, name: "acme" });
  const stage = intercept(unary(async (_: string): Promise<string> => Promise.reject(down)), retry({ attempts: 9, when: (error) => error === down }), circuit);
  expect(await clock.until(stage("?").catch((error: StageError) => error.reason))).toBe("circuit-open");
});

test("options out of range are refused", () => {
  expect(() => breaker({ failures: 0 })).toThrow("breaker: failures must be a whole number from 1 on, not 0");
  expect(() => breaker({ rate: { above: 1, window: 1000, calls: 1 } })).toThrow("breaker: rate.above must be a number between 0 and 1, not 1");
});
