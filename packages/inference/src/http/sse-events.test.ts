import { createGzip } from "node:zlib";
import { collect, from, fromBatches, ready, StageError, type Stream } from "@iftk/core";
import { countedAbort, failing, feed, hang, tracked, turns } from "@iftk/testing";
import type { SseEvent } from "@iftk/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serve } from "./fixtures/serve.js";
import { request } from "./request.js";
import { sseEvents } from "./sse-events.js";

const encoder = new TextEncoder();
const isLast = ({ data }: SseEvent): boolean => data === "[DONE]";
const read = (bytes: Stream<Uint8Array> | ReadableStream<Uint8Array>, signal?: AbortSignal): Stream<SseEvent> => sseEvents(bytes, { provider: "p", isLast, signal });
const dataOf = (events: readonly SseEvent[]): string[] => events.map(({ data }) => data);
const pieces = (...texts: string[]): Uint8Array[] => texts.map((text) => encoder.encode(text));

/** The data of the events that came, and what they ended with. */
async function outcome(events: Stream<SseEvent>): Promise<{ data: string[]; error?: unknown }> {
  const data: string[] = [];
  try {
    for await (const event of events) data.push(event.data);
    return { data };
  } catch (error) {
    return { data, error };
  }
}
const truncated = { code: "unavailable", reason: "truncated" };

describe("sseEvents", () => {
  it("gives the events up to the last, and nothing that comes after it", async () => {
    expect(dataOf(await collect(read(from(pieces("data: 1\n\nda", "ta: 2\n\ndata: [DONE]\n\ndata: 3\n\n")))))).toEqual(["1", "2", "[DONE]"]);
  });

  it("gives all events of one read at once", async () => {
    const reads = feed(pieces("data: 1\n\ndata: 2\n\n", "data: 3\n\n"), pieces("data: [DONE]\n\n"));
    const reader = (read(fromBatches(reads)) as ReturnType<typeof from<SseEvent>>)[ready]();
    expect([await reader.read(), await reader.read(), await reader.read()].map((batch) => batch && dataOf(batch))).toEqual([["1", "2", "3"], ["[DONE]"], undefined]);
  });

  it("gives the same events however the bytes are cut", async () => {
    const bytes = encoder.encode("event: a\ndata: é🙂\n\n: ping\r\n\r\ndata: 2\rdata: 3\r\rdata: [DONE]\n\n");
    const whole = await collect(read(from([bytes])));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), fc.boolean(), async (cuts, atOnce) => {
        const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const parts = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
        expect(await collect(read(atOnce ? from(parts) : toForeign(parts)))).toEqual(whole);
      }),
    );
  });

  it("fails at every place where the bytes end before the last event, after the events so far", async () => {
    const bytes = encoder.encode("data: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
    for (let end = 0; end < bytes.length - 1; end++) {
      expect(await outcome(read(toForeign([bytes.subarray(0, end)])))).toMatchObject({ data: ["1", "2"].slice(0, Math.floor(end / 9)), error: truncated });
    }
  });

  it("tells a network that fails as a reply that is cut, with what the network said as the cause", async () => {
    const error = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
    expect(await outcome(read(failing(error, ...pieces("data: 1\n\n"))))).toMatchObject({ data: ["1"], error: { ...truncated, message: "p: the connection ended before the reply did: UND_ERR_SOCKET", cause: error } });
  });

  it("passes on a StageError of the bytes untouched", async () => {
    const error = new StageError("deadline_exceeded", "slow");
    expect((await outcome(read(failing(error)))).error).toBe(error);
  });

  it("refuses an event that is too large, after those before it, and closes the bytes", async () => {
    const bytes = tracked(hang(...pieces("data: 1\n\n", `data: ${"x".repeat(100)}`)));
    expect(await outcome(sseEvents(bytes, { provider: "p", isLast, maxEventSize: 50 }))).toMatchObject({ data: ["1"], error: { reason: "too-large" } });
    expect(bytes.closed).toBe(1);
  });

  it("opens nothing before the first read, and closes bytes that were never read", async () => {
    const bytes = tracked(hang<Uint8Array>());
    read(bytes);
    let cancelled: unknown;
    const web = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) }, { highWaterMark: 0 });
    await read(web)[Symbol.asyncIterator]().return?.();
    expect([bytes.opened, cancelled]).toEqual([0, true]);
  });

  it("rejects a stalled read with the signal's reason, lets the bytes go and leaves no listener", async () => {
    const abort = countedAbort();
    const bytes = tracked(hang(...pieces("data: 1\n\n")));
    const ended = outcome(read(bytes, abort.signal));
    await turns(2);
    const reason = { why: "enough" };
    abort.abort(reason);
    expect([await ended, bytes.closed, abort.listeners]).toEqual([{ data: ["1"], error: reason }, 1, 0]);
  });

  it("leaves no listener after the end, an error or a reader that leaves", async () => {
    const abort = countedAbort();
    await collect(read(from(pieces("data: [DONE]\n\n")), abort.signal));
    await outcome(read(from(pieces("data: 1\n\n")), abort.signal));
    for await (const _ of read(toForeign(pieces("data: 1\n\n", "data: 2\n\n")), abort.signal)) break;
    expect(abort.listeners).toBe(0);
  });

  it("takes the body of fetch", async () => {
    await using server = await serve((_, outgoing) => void outgoing.end("data: 1\n\ndata: [DONE]\n\n"));
    const { body } = await fetch(server.url);
    expect(dataOf(await collect(read(body as ReadableStream<Uint8Array>)))).toEqual(["1", "[DONE]"]);
  });

  it("gives the events of a compressed reply when they come", async () => {
    let goOn = (): void => {};
    await using server = await serve((_, outgoing) => {
      const zip = createGzip();
      zip.pipe(outgoing.writeHead(200, { "content-encoding": "gzip" }));
      zip.write("data: 1\n\n");
      zip.flush();
      goOn = () => void zip.end("data: [DONE]\n\n");
    });
    const { bytes } = await request({ provider: "p", url: server.url, signal: undefined });
    const data: string[] = [];
    for await (const event of read(bytes)) {
      data.push(event.data);
      goOn();
    }
    expect(data).toEqual(["1", "[DONE]"]);
  });

  it("hears an abort while a compressed reply stalls", async () => {
    await using server = await serve((_, outgoing) => {
      const zip = createGzip();
      zip.pipe(outgoing.writeHead(200, { "content-encoding": "gzip" }));
      zip.write("data: 1\n\n");
      zip.flush();
    });
    const abort = countedAbort();
    const { bytes } = await request({ provider: "p", url: server.url, signal: abort.signal });
    const data: string[] = [];
    const reading = (async () => {
      for await (const event of read(bytes, abort.signal)) {
        data.push(event.data);
        setImmediate(() => abort.abort("enough"));
      }
    })();
    await expect(reading).rejects.toBe("enough");
    await server.closed();
    expect([data, abort.listeners]).toEqual([["1"], 0]);
  });

  it("keeps the connection of a reply that ends with its last event", async () => {
    await using server = await serve((_, outgoing) => void outgoing.write("data: [DONE]\n\n", () => setImmediate(() => outgoing.end())));
    for (let round = 0; round < 6; round++) {
      const { bytes } = await request({ provider: "p", url: server.url, signal: undefined });
      expect(await collect(read(bytes))).toHaveLength(1);
    }
    expect(server.connections).toBeLessThan(6);
  });

  it("cuts the connection of a reply that goes on after its last event, or does not end", async () => {
    await using server = await serve((incoming, outgoing) => {
      outgoing.write("data: [DONE]\n\n");
      if (incoming.url !== "/more") return;
      const more = (): void => void (outgoing.writable && outgoing.write("data: more\n\n", () => setImmediate(more)));
      more();
    });
    for (const path of ["/more", "/hang"]) {
      const { bytes } = await request({ provider: "p", url: server.url + path, signal: undefined });
      expect(await collect(read(bytes))).toHaveLength(1);
      await server.closed();
    }
  });

  it("cuts the connection at once when its reader leaves, or gives up while the reply stalls", async () => {
    await using server = await serve((_, outgoing) => void outgoing.write("data: 1\n\n"));
    const left = await request({ provider: "p", url: server.url, signal: undefined });
    for await (const _ of read(left.bytes)) break;
    await server.closed();
    const abort = new AbortController();
    const { bytes } = await request({ provider: "p", url: server.url, signal: undefined });
    const ended = outcome(read(bytes, abort.signal));
    await turns(5);
    abort.abort("enough");
    expect(await ended).toEqual({ data: ["1"], error: "enough" });
    await server.closed();
  });
});

/** A source of another make. */
async function* toForeign(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* parts;
}
