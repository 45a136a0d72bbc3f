import { flatMap, fromBatches, outputStream, pipe, StageError, unary } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { countedAbort, turns } from "@iftk/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { errorOf, framesOf, post } from "./fixtures/requests.js";
import { serve } from "./serve.js";
import type { ServeOptions } from "./serve.js";

const words = outputStream(async function* words(text: string) {
  yield* text.split(" ");
});
const upper = unary(async function upper(text: string) {
  return text.toUpperCase();
});
const nothing = unary(async function nothing(_input: unknown) {});
const never = outputStream(async function* never(_input: unknown): Stream<string> {
  await new Promise(() => {});
});
const fails = outputStream(async function* fails(after: number): Stream<number> {
  for (let value = 0; value < after; value += 1) yield value;
  throw new StageError("resource_exhausted", "Too many.", { reason: "rate-limit", retryAfter: 1500, stage: "fails" });
});
const secret = outputStream(async function* secret(_input: unknown): Stream<string> {
  throw new Error("key sk-123 in /home/me");
});

const routes = { words, upper, nothing, never, fails, secret, "v1/words": words };

const call = (path: string, input: unknown, init?: RequestInit, options?: ServeOptions) => serve(routes, options)(post(path, JSON.stringify(input), init));

afterEach(() => void vi.useRealTimers());

describe("serve", () => {
  it("streams the values of a stage and the end as events", async () => {
    const response = await call("/words", "a é");
    expect([response.status, await response.text()]).toEqual([
      200,
      'id: 1\ndata: "a"\n\nid: 2\ndata: "é"\n\nevent: end\nid: 3\ndata: {}\n\n',
    ]);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
      "iftk-run": expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  it.each([[undefined], ["*/*"], ["application/json"]])("gives the value of a unary stage as JSON to who accepts %s", async (accept) => {
    const init = accept === undefined ? {} : { headers: { accept } };
    const json = await call("/upper", "a", init);
    expect([json.headers.get("content-type"), await json.json()]).toEqual(["application/json; charset=utf-8", { value: "A" }]);
    expect(await (await call("/nothing", 1, init)).json()).toEqual({});
  });

  it.each([["text/event-stream"], ["application/json, Text/Event-Stream;q=0.5"]])("streams the value of a unary stage to who accepts %s", async (accept) => {
    expect(await framesOf(await call("/upper", "a", { headers: { accept } }))).toEqual([
      { kind: "value", id: 1, value: "A" },
      { kind: "end", id: 2 },
    ]);
    expect(await framesOf(await call("/nothing", 1, { headers: { accept } }))).toEqual([{ kind: "end", id: 1 }]);
  });

  it("serves names with a slash", async () => {
    expect(await framesOf(await call("/v1/words", "a"))).toHaveLength(2);
  });

  it("answers with status and body where the stage fails before its first value", async () => {
    const response = await call("/fails", 0);
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([
      429,
      "2",
      { error: { code: "resource_exhausted", message: "Too many.", reason: "rate-limit", retryAfter: 1500, stage: "fails" } },
    ]);
  });

  it("ends the stream with the error where the stage fails later", async () => {
    expect((await framesOf(await call("/fails", 2))).at(-1)).toEqual({
      kind: "error",
      id: 3,
      error: { code: "resource_exhausted", message: "Too many.", reason: "rate-limit", retryAfter: 1500, stage: "fails" },
    });
  });

  it("tells callers nothing of an error that is no StageError, and the log all of it", async () => {
    const onError = vi.fn();
    const response = await call("/secret", 1, {}, { onError });
    const text = await response.text();
    expect([response.status, text.includes("sk-123"), onError.mock.calls]).toEqual([
      500,
      false,
      [[new Error("key sk-123 in /home/me"), { id: response.headers.get("iftk-run"), route: "secret" }]],
    ]);
  });

  it("closes a stage whose value cannot be sent, and says so", async () => {
    let isClosed = false;
    const big = outputStream(async function* big(_input: unknown): Stream<unknown> {
      try {
        yield 1;
        yield 2n;
        yield 3;
      } finally {
        isClosed = true;
      }
    });
    const frames = await framesOf(await serve({ big })(post("/big", 1)));
    expect([frames.map((frame) => frame.kind), isClosed, frames[1]]).toEqual([
      ["value", "error"],
      true,
      expect.objectContaining({ error: expect.objectContaining({ code: "internal", reason: "not-serializable" }) }),
    ]);
  });

  it("writes the values that are ready at once as one piece, and those before one that cannot be sent", async () => {
    async function* inTurns(input: readonly string[][]) {
      for (const burst of input) {
        yield burst;
        await turns();
      }
    }
    const bursts = outputStream((input: readonly string[][]) => fromBatches(inTurns(input)));
    const doubled = pipe(bursts, flatMap((value) => [value, value]));
    const body = (await serve({ doubled })(post("/doubled", [["a", "b"], ["c"]]))).body as unknown as AsyncIterable<Uint8Array>;
    const pieces: string[] = [];
    for await (const piece of body) pieces.push(new TextDecoder().decode(piece));
    expect(pieces.map((piece) => piece.match(/^data: (.*)$/gm))).toEqual([["a", "a", "b", "b"], ["c", "c"], undefined].map((values) => values?.map((value) => `data: "${value}"`) ?? ["data: {}"]));

    const bad = outputStream((_input: unknown) => fromBatches([[1, 2, 3n, 4]]));
    expect((await framesOf(await serve({ bad })(post("/bad", 1)))).map((frame) => [frame.id, frame.kind])).toEqual([[1, "value"], [2, "value"], [3, "error"]]);
  });

  it("waits within a batch too while the body is not read, and writes no piece that is much too large", async () => {
    const large = outputStream((_input: unknown) => fromBatches([Array.from({ length: 1000 }, () => "x".repeat(1000))]));
    const reader = (await serve({ large })(post("/large", 1))).body?.getReader();
    const sizes: number[] = [];
    for (let part; !(part = await reader?.read())?.done; ) sizes.push(part?.value?.length ?? 0);
    expect([Math.max(...sizes) < 20_000, sizes.length > 50, sizes.reduce((sum, size) => sum + size, 0) > 1_000_000]).toEqual([true, true, true]);
  });

  it("sends the headers after a while without a value, and an error after that as a frame", async () => {
    vi.useFakeTimers();
    let fail = (_error: Error): void => {};
    const slow = outputStream(async function* slow(_input: unknown): Stream<string> {
      await new Promise<never>((_resolve, reject) => (fail = reject));
    });
    let response: Response | undefined;
    void serve({ slow }, { headersAfter: 500 })(post("/slow", 1)).then((settled) => (response = settled));
    await vi.advanceTimersByTimeAsync(499);
    expect(response).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(response?.status).toBe(200);
    const frames = framesOf(response as Response);
    fail(new StageError("unavailable", "Gone."));
    await vi.advanceTimersByTimeAsync(1);
    expect([await frames, vi.getTimerCount()]).toEqual([[{ kind: "error", id: 1, error: { code: "unavailable", message: "Gone." } }], 0]);
  });

  it("sends heartbeats while the stage is quiet, none to a reader that does not read, and clears its timers", async () => {
    vi.useFakeTimers();
    const quiet = outputStream(async function* quiet(time: number): Stream<string> {
      yield "a";
      await new Promise((resolve) => void setTimeout(resolve, time));
    });
    const response = await serve({ quiet })(post("/quiet", 35_000));
    const text = response.text();
    await vi.advanceTimersByTimeAsync(35_000);
    expect([await text, vi.getTimerCount()]).toEqual(['id: 1\ndata: "a"\n\n: ping\n\n: ping\n\nevent: end\nid: 2\ndata: {}\n\n', 0]);

    const idle = (await serve({ quiet })(post("/quiet", 350_000))).body?.getReader();
    await idle?.read();
    await vi.advanceTimersByTimeAsync(200_000);
    const second = idle?.read();
    await vi.advanceTimersByTimeAsync(350_000);
    const rest = [(await second)?.value];
    for (let part; !(part = await idle?.read())?.done; ) rest.push(part?.value);
    expect(rest.map((bytes) => new TextDecoder().decode(bytes))).toEqual([": ping\n\n", "event: end\nid: 2\ndata: {}\n\n"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("refuses more runs than it may have, and takes them again when others are through", async () => {
    const handle = serve(routes, { maxRuns: 2, headersAfter: 0 });
    const open = [await handle(post("/never", 1)), await handle(post("/never", 1))];
    const refused = await handle(post("/words", JSON.stringify("a")));
    expect([refused.headers.get("retry-after"), await errorOf(refused)]).toEqual(["1", [503, "unavailable", "overloaded"]]);
    await open[0]?.body?.cancel();
    await turns(3);
    for (let round = 0; round < 5; round += 1) {
      expect(await framesOf(await handle(post("/words", JSON.stringify("a"))))).toHaveLength(2);
      expect((await handle(post("/fails", 0))).status).toBe(429);
      expect((await handle(post("/words", "{"))).status).toBe(400);
      expect((await handle(post("/upper", JSON.stringify("a")))).status).toBe(200);
    }
  });

  it("reads from the stage no faster than the body is read", async () => {
    let produced = 0;
    const endless = outputStream(async function* endless(_input: unknown) {
      for (;;) yield (produced += 1);
    });
    const reader = (await serve({ endless })(post("/endless", 1))).body?.getReader();
    for (let read = 1; read < 20; read += 1) {
      await reader?.read();
      await turns(2);
      expect(produced).toBeLessThanOrEqual(read + 1);
    }
    await reader?.cancel();
  });

  it.each(["the body is canceled", "the request's signal fires"])("stops the stage at once when %s, wherever it is", async (how) => {
    for (let read = 0; read < 4; read += 1) {
      for (const wait of [0, 1, 3]) {
        const log: unknown[] = [];
        const counted = outputStream(async function* counted(_input: unknown, { signal }): Stream<number> {
          const left = new Promise<never>((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              log.push((signal.reason as StageError).code);
              reject(signal.reason as StageError);
            });
          });
          try {
            yield 1;
            yield 2;
            await left;
          } finally {
            left.catch(() => {});
            log.push("finally");
          }
        });
        const abort = countedAbort();
        // The signal of a Request is one that undici derives; a counted one takes its place.
        const request = Object.defineProperty(post("/counted", 1), "signal", { value: abort.signal });
        const response = await serve({ counted })(request);
        const reader = response.body?.getReader();
        for (let count = 0; count < Math.min(read, 2); count += 1) await reader?.read();
        const pending = read === 3 ? reader?.read() : undefined;
        await turns(wait);
        if (how === "the body is canceled") void reader?.cancel();
        else abort.abort();
        expect(log[0]).toBe("canceled");
        await pending;
        await turns(3);
        expect(log).toEqual(["canceled", "finally"]);
        expect(abort.listeners).toBe(0);
      }
    }
  });

  it("never runs a stage whose caller left before", async () => {
    let hasRun = false;
    const run = outputStream(async function* run(_input: unknown): Stream<number> {
      hasRun = true;
    });
    const response = await serve({ run })(post("/run", 1, { signal: AbortSignal.abort() }));
    expect([response.status, hasRun]).toEqual([499, false]);
  });
});
