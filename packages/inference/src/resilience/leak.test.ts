import { collect, outputStream } from "@iftk/core";
import { countedAbort, hang, turns, virtualClock } from "@iftk/testing";
import { expect, test } from "vitest";
import type { ChatRequest, Part } from "../index.js";
import { breaker, resilient, usageLedger } from "./index.js";

const count = 2000;
const request: ChatRequest = { messages: [{ role: "user", content: "?" }] };

test.for([
  ["before content", hang],
  ["after content", () => hang({ type: "text-delta", text: "a" })],
] as [string, () => ReturnType<typeof hang<Part>>][])("2,000 calls with all policies that are aborted %s leave no timer and no listener, and are all written down", async ([, silent]) => {
  using clock = virtualClock().install();
  const abort = countedAbort();
  const ledger = usageLedger({ max: 10 });
  const chat = outputStream((_: ChatRequest) => silent());
  const stage = resilient(chat, { ledger, breaker: breaker(), hedge: { after: 1000 }, concurrency: { limit: count }, rateLimit: { limit: count, interval: 1 }, timeout: { total: 100_000 }, fallback: chat });
  const outcomes = Array.from({ length: count }, () => collect(stage(request, { signal: abort.signal })).then(() => "ended", (error: Error) => error.message));
  await clock.advance(10);
  const before = abort.listeners;
  abort.abort(new Error("enough"));
  const seen = new Set(await Promise.all(outcomes));
  await turns(3);
  expect([seen, before, abort.listeners, clock.timers, ledger.entries.length, ledger.totals().map(({ attempts }) => attempts.abort)]).toEqual([new Set(["enough"]), count, 0, 0, 10, [count]]);
});
