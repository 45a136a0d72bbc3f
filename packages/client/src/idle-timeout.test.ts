import { collect, StageError } from "@iftk/core";
import type { OutputStream, Stream } from "@iftk/core";
import { encodeFrame, heartbeat } from "@iftk/wire";
import { afterEach, describe, expect, it, vi } from "vitest";
import { remote } from "./remote.js";

type Words = OutputStream<string, string>;

const frames = (values: readonly unknown[]): string => values.map((value, index) => encodeFrame({ kind: "value", id: index + 1, value })).join("");
const end = encodeFrame({ kind: "end", id: 99 });
const outcome = (stream: Stream<unknown>): Promise<unknown> => collect(stream).catch((error: unknown) => error);

afterEach(() => void vi.useRealTimers());

/** A fetch whose answer the test writes. */
function scriptedFetch() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let signal: AbortSignal | null | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (started) => void (controller = started) });
  return {
    fetch: async (_url: unknown, init: RequestInit) => {
      signal = init.signal;
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
    send: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    isAborted: () => signal?.aborted,
  };
}

describe("the idle timeout of a remote stage", () => {
  it("gives up when no content comes for the idle time, which heartbeats do not extend and values do", async () => {
    vi.useFakeTimers();
    const script = scriptedFetch();
    const stage = remote<Words>("http://host/words", { fetch: script.fetch, idleTimeout: 1000 });
    const seen: string[] = [];
    let error: unknown;
    void (async () => {
      for await (const word of stage("in")) seen.push(word);
    })().catch((thrown: unknown) => (error = thrown));
    for (let round = 0; round < 3; round += 1) {
      await vi.advanceTimersByTimeAsync(900);
      script.send(frames(["a"]));
    }
    await vi.advanceTimersByTimeAsync(900);
    script.send(heartbeat);
    await vi.advanceTimersByTimeAsync(99);
    expect([seen, error]).toEqual([["a", "a", "a"], undefined]);
    await vi.advanceTimersByTimeAsync(1);
    expect(error).toEqual(new StageError("deadline_exceeded", "No content came for 1000 ms.", { reason: "idle" }));
    expect([script.isAborted(), vi.getTimerCount()]).toEqual([true, 0]);
  });

  it("counts a slow consumer for no idle time, and waits for ever where that is asked", async () => {
    vi.useFakeTimers();
    const script = scriptedFetch();
    const iterator = remote<Words>("http://host/words", { fetch: script.fetch, idleTimeout: 1000 })("in")[Symbol.asyncIterator]();
    script.send(frames(["a", "b"]));
    await iterator.next();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(await iterator.next()).toEqual({ done: false, value: "b" });
    await iterator.return?.();

    const patient = scriptedFetch();
    const waiting = collect(remote<Words>("http://host/words", { fetch: patient.fetch, idleTimeout: 0 })("in"));
    await vi.advanceTimersByTimeAsync(10_000_000);
    patient.send(frames(["a"]) + end);
    await vi.advanceTimersByTimeAsync(1);
    expect([await waiting, vi.getTimerCount()]).toEqual([["a"], 0]);
  });

  it("gives up on a fetch that never answers and hears no signal", async () => {
    vi.useFakeTimers();
    const error = outcome(remote<Words>("http://host/words", { fetch: () => new Promise(() => {}), idleTimeout: 50 })("in"));
    await vi.advanceTimersByTimeAsync(50);
    expect(await error).toEqual(expect.objectContaining({ code: "deadline_exceeded", reason: "idle" }));
  });
});
