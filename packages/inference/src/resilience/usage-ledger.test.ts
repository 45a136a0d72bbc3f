import { collect, intercept, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { hedge, retry } from "@iftk/core/interceptors";
import { feed, hang, turns, virtualClock, type VirtualClock } from "@iftk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChatRequest, Finish, Part, Usage } from "../index.js";
import { resilient, usageLedger, type UsageEntry } from "./index.js";

let clock: VirtualClock;
beforeEach(() => void (clock = virtualClock({ epoch: 5000 }).install()));
afterEach(() => clock.uninstall());

const down = new StageError("unavailable", "down", { reason: "overloaded" });
const usage: Usage = { inputTokens: 11, outputTokens: 22, cachedInputTokens: 3 };
const finish = (said: Usage = usage): Finish => ({ type: "finish", reason: { unified: "stop", raw: "end" }, usage: said, response: { id: "r1", model: "m-2026" } });
const say = (text: string): Part => ({ type: "text-delta", text });
/** 40 characters: 10 tokens. */
const request: ChatRequest = { messages: [{ role: "system", content: "0123456789" }, { role: "user", content: [{ type: "text", text: "012345678901234567890123456789" }, { type: "image", image: { data: "not counted", mediaType: "image/png" } }] }] };

type Script = readonly (Part | Error | number)[];

/** Each call follows the next script: parts, an error, waits in milliseconds; Infinity is a wait without end. */
function chat(...scripts: readonly Script[]) {
  let calls = 0;
  return outputStream(async function* chat(_: ChatRequest, { signal }): Stream<Part> {
    for (const one of scripts[calls++] ?? []) {
      if (one instanceof Error) throw one;
      if (one === Infinity) await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      else if (typeof one === "number") await clock.sleep(one, signal);
      else yield one;
    }
  });
}

const brief = ({ attempt, outcome, usage: { inputTokens, outputTokens }, estimated, error }: UsageEntry): unknown[] => [attempt, outcome, inputTokens, outputTokens, estimated, error?.code];

test("a call that ends well is written down as the provider says", async () => {
  const told: UsageEntry[] = [];
  const ledger = usageLedger({ onEntry: (entry) => void told.push(entry) });
  const stage = intercept(chat([100, say("hello"), 50, finish()]), ledger.record({ provider: "acme", model: "m" }));
  await clock.until(collect(stage(request)));
  const entry: UsageEntry = { provider: "acme", model: "m", stage: "chat", attempt: 1, outcome: "success", usage, estimated: false, milliseconds: 150, time: 5000, response: { id: "r1", model: "m-2026" } };
  expect([ledger.entries, told]).toEqual([[entry], [entry]]);
});

test("what labels the texts of a request is not estimated as text", async () => {
  const ledger = usageLedger();
  const labelled: ChatRequest = { messages: [...request.messages, { role: "assistant", content: [{ type: "text", text: "0123", phase: "commentary" }] }] };
  await collect(intercept(chat([say("0123")]), ledger.record())(labelled)).catch(() => {});
  expect(ledger.entries.map(({ usage: { inputTokens } }) => inputTokens)).toEqual([11]);
});

test("every exit is written down, and what the provider did not say is estimated", async () => {
  const ledger = usageLedger();
  const run = (script: Script, use: (parts: Stream<Part>, controller: AbortController) => Promise<unknown>): Promise<unknown> => {
    const controller = new AbortController();
    return use(intercept(chat(script), ledger.record())(request, { signal: controller.signal }), controller).catch(() => {});
  };
  const leaveAfter = (count: number) => async (parts: Stream<Part>) => {
    for await (const part of parts) if (part && --count === 0) break;
  };
  const abort = async (parts: Stream<Part>, controller: AbortController): Promise<unknown> => {
    const all = collect(parts);
    await turns(3);
    controller.abort(new Error("given up"));
    return all;
  };
  await run([say("01234567"), finish()], leaveAfter(1));
  await run([say("01234567"), finish()], leaveAfter(2));
  await run([say("01234567"), Infinity], abort);
  await run([Infinity], abort);
  await run([{ type: "usage", usage: { inputTokens: 12, outputTokens: 1 } }, say("01234567"), Infinity], abort);
  await run([say("0123"), down], collect);
  await run([down], collect);
  await run([new Error("a bug")], collect);
  await run([say("0123")], collect);
  await run([{ ...finish(), reason: { unified: "aborted", raw: "stopped" } }], collect);
  expect(ledger.entries.map(brief)).toEqual([
    [1, "abort", 10, 2, true, undefined],
    [1, "success", 11, 22, false, undefined],
    [1, "abort", 10, 2, true, undefined],
    [1, "abort", 10, 0, true, undefined],
    [1, "abort", 12, 2, true, undefined],
    [1, "error", 10, 1, true, "unavailable"],
    [1, "error", 0, 0, true, "unavailable"],
    [1, "error", 0, 0, true, "unknown"],
    [1, "success", 10, 1, true, undefined],
    [1, "abort", 11, 22, false, undefined],
  ]);
});

test("leaving while a read is pending is an abort with what came so far", async () => {
  const ledger = usageLedger();
  const iterator = intercept(chat([say("01234567"), Infinity]), ledger.record())(request)[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  await turns();
  await Promise.all([iterator.return?.(), pending]);
  expect(ledger.entries.map(brief)).toEqual([[1, "abort", 10, 2, true, undefined]]);
});

test("a stage that neither hears its signal nor ends is written down when it is given up", async () => {
  const ledger = usageLedger();
  const controller = new AbortController();
  const deaf = intercept(outputStream((_: string) => hang("0123")), ledger.record());
  const answer = collect(deaf("01234567", { signal: controller.signal })).catch(() => "given up");
  await turns(3);
  controller.abort();
  expect([await answer, ledger.entries.map(brief)]).toEqual(["given up", [[1, "abort", 2, 1, true, undefined]]]);
});

test("each attempt of a retry is counted once", async () => {
  const ledger = usageLedger();
  const stage = resilient(chat([down], [say("01234567"), 10, down], [say("x"), finish()]), { ledger, retry: { jitter: false, attempts: 4 }, afterOutput: "replace", provider: "acme", model: "m" });
  await clock.until(collect(stage(request)));
  expect([ledger.entries.map(brief), ledger.totals()]).toEqual([
    [[1, "error", 0, 0, true, "unavailable"], [2, "error", 10, 2, true, "unavailable"], [3, "success", 11, 22, false, undefined]],
    [{ provider: "acme", model: "m", attempts: { success: 1, abort: 0, error: 2, "hedge-loser": 0 }, estimated: 2, usage: { inputTokens: 21, outputTokens: 24, cachedInputTokens: 3, estimated: true } }],
  ]);
});

test("the loser of a hedge is told from a call that was given up", async () => {
  const ledger = usageLedger();
  const stage = resilient(chat([{ type: "warning", message: "slow" }, Infinity], [say("quick"), finish()]), { ledger, hedge: { after: 100 } });
  await clock.until(collect(stage(request)));
  expect(ledger.entries.map(brief)).toEqual([[1, "hedge-loser", 10, 0, true, undefined], [2, "success", 11, 22, false, undefined]]);
  const plain = usageLedger();
  const bare = intercept(chat([Infinity], [say("quick"), finish()]), hedge({ after: 100 }), retry(), plain.record());
  await clock.until(collect(bare(request)));
  expect(plain.entries.map(({ outcome }) => outcome)).toEqual(["hedge-loser", "success"]);
});

test("a limit of time that passes is an error, whichever it is", async () => {
  const ledger = usageLedger();
  const limited = (limits: object) => resilient(chat([say("0123"), Infinity]), { ledger, timeout: { first: false, idle: false, ...limits }, retry: false });
  for (const limits of [{ idle: 100 }, { total: 100 }]) await clock.until(collect(limited(limits)(request)).catch(() => {}));
  expect(ledger.entries.map(brief)).toEqual([[1, "error", 10, 1, true, "deadline_exceeded"], [1, "error", 10, 1, true, "deadline_exceeded"]]);
});

test("calls of other stages within a call are counted for themselves", async () => {
  const ledger = usageLedger();
  const inner = resilient(unary(async function inner(word: string) {
    return Promise.resolve({ word, usage });
  }), { ledger });
  const outer = resilient(unary(async function outer(word: string, call) {
    return [await inner(word, call), await inner(word, call)].length;
  }), { ledger });
  await outer("x");
  expect(ledger.entries.map(({ stage, attempt, usage: { inputTokens }, estimated }) => [stage, attempt, inputTokens, estimated])).toEqual([["inner", 1, 11, false], ["inner", 1, 11, false], ["outer", 1, 1, true]]);
});

test("entries and models are bounded, totals go on", async () => {
  const ledger = usageLedger({ max: 2 });
  const stage = (model: string) => intercept(outputStream(async function* chat(_: string): Stream<Part> {
    yield* feed(finish({ inputTokens: 1, outputTokens: 1 }));
  }), ledger.record({ model }));
  for (let index = 0; index < 1002; index++) await collect(stage(`m${index}`)("?"));
  for (let index = 0; index < 2; index++) await collect(stage("m0")("?"));
  const totals = ledger.totals();
  expect([ledger.entries.length, totals.length, totals[0], totals[1000]]).toEqual([
    2,
    1001,
    { provider: undefined, model: "m0", attempts: { success: 3, abort: 0, error: 0, "hedge-loser": 0 }, estimated: 0, usage: { inputTokens: 3, outputTokens: 3 } },
    { provider: undefined, model: undefined, attempts: { success: 2, abort: 0, error: 0, "hedge-loser": 0 }, estimated: 0, usage: { inputTokens: 2, outputTokens: 2 } },
  ]);
  ledger.clear();
  expect([ledger.entries, ledger.totals()]).toEqual([[], []]);
});
