import { collect, type StageError } from "@iftk/core";
import { resilient } from "@iftk/inference/resilience";
import { virtualClock, type VirtualClock } from "@iftk/testing";
import { fakeAnthropic, faults, type Fault } from "@iftk/testing/providers";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { anthropic } from "./index.js";

const key = "sk-ant-api03-0123456789abcdef";
const input = { messages: [{ role: "user" as const, content: "Hello" }] };
const epoch = Date.UTC(2026, 9, 21, 7, 28);

const fake = await fakeAnthropic({ reply: () => ({ content: [{ type: "text", text: "Hello.", citations: null }] }), key });
afterAll(() => fake.close());

let clock: VirtualClock;
beforeEach(() => {
  fake.clear();
  clock = virtualClock({ epoch }).install();
});
afterEach(() => clock.uninstall());

/** The waits between the attempts of one call, how many requests there were, and how it ended. Time moves by the waits alone. */
async function attempts(...answers: readonly Fault[]): Promise<readonly [waits: readonly number[], requests: number, end: unknown]> {
  fake.fault(...answers);
  const waits: number[] = [];
  const onRetry = ({ wait }: { readonly wait: number }): void => {
    waits.push(wait);
    void clock.advance(wait);
  };
  const stage = resilient(anthropic({ apiKey: key, baseUrl: fake.url }).chat({ model: "claude-opus-5-5" }), { retry: { jitter: false, onRetry } });
  const end = await collect(stage(input)).then(
    (parts) => parts.at(-1)?.type,
    (error: StageError) => error.code,
  );
  return [waits, fake.requests.length, end];
}

test("500, 500, 200: waits that double, and three requests", async () => {
  expect([await attempts(faults.status(500), faults.status(500)), clock.now]).toEqual([[[500, 1000], 3, "finish"], 1500]);
});

test("500 every time is told after the third request", async () => {
  expect(await attempts(...Array.from({ length: 9 }, () => faults.status(500)))).toEqual([[500, 1000], 3, "unavailable"]);
});

test.each<[name: string, headers: Record<string, string>, wait: number]>([
  ["seconds", { "retry-after": "7" }, 7000],
  ["a fraction of a second", { "retry-after": "0.25" }, 250],
  ["milliseconds, which go before seconds", { "retry-after-ms": "120", "retry-after": "7" }, 120],
  ["a date", { "retry-after": new Date(epoch + 9000).toUTCString() }, 9000],
  ["a date that is past", { "retry-after": new Date(epoch - 9000).toUTCString() }, 0],
  ["more than anybody waits", { "retry-after": "86400" }, 60_000],
  ["a number beyond all", { "retry-after": "9".repeat(400) }, 60_000],
  ["less than nothing", { "retry-after": "-5" }, 0],
  ["nonsense", { "retry-after": "soon" }, 500],
  ["the reset of a limit that is spent", { "anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": new Date(epoch + 3000).toISOString() }, 3000],
])("429 that asks to wait for %s", async (_name, headers, wait) => {
  expect(await attempts(faults.status(429, { headers }))).toEqual([[wait], 2, "finish"]);
});

test.each([
  [400, "invalid_argument"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "not_found"],
  [413, "invalid_argument"],
  [422, "invalid_argument"],
])("%i is sent once", async (status, code) => {
  expect(await attempts(faults.status(status, { headers: { "retry-after": "1" } }))).toEqual([[], 1, code]);
});

test("a reply that breaks off after its first text is not asked for again", async () => {
  const { length } = await sizeOfReply();
  fake.clear();
  expect(await attempts(faults.truncate(length - 40))).toEqual([[], 1, "unavailable"]);
});

test("a reply that breaks off before any text is", async () => {
  expect(await attempts(faults.truncate(20))).toEqual([[500], 2, "finish"]);
});

async function sizeOfReply(): Promise<Uint8Array> {
  const response = await fetch(`${fake.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "anthropic-version": "2026-10-21", "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hello" }] }),
  });
  return new Uint8Array(await response.arrayBuffer());
}
