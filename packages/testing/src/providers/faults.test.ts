import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { turns } from "../signals.js";
import { wireReply, type WireReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";
import { fakeProvider } from "./fake-provider.js";
import { faults, type Fault } from "./faults.js";

const pieces = ["data: Mö", "wen\n\n", "data: 🐦\n\n"];
const whole = new TextEncoder().encode(pieces.join(""));

/** What a client gets of the reply under the fault. */
async function fetched(fault: Fault, headers: Record<string, string> = {}): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Uint8Array; readonly error: string | undefined }> {
  await using fake = await fakeProvider({ "GET /": () => ({ headers: { "content-length": String(whole.length) }, body: pieces }) });
  fake.fault(fault);
  const response = await fetch(fake.url, { headers });
  const read: Uint8Array[] = [];
  let error: string | undefined;
  try {
    for await (const bytes of response.body ?? []) read.push(bytes);
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
  }
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(Buffer.concat(read)), error };
}

/** The pieces that go out under the fault. */
async function piecesOf(body: readonly Uint8Array[], fault: Fault): Promise<Uint8Array[]> {
  const { pieces: out }: WireReply = await fault(wireReply({ body }), {} as FakeRequest);
  const found: Uint8Array[] = [];
  for await (const piece of out) found.push(piece);
  return found;
}

describe("faults", () => {
  test("end a body early as if that were all, cut it, or reset the connection", async () => {
    const { bytes, error } = await fetched(faults.truncate(9));
    expect([bytes, error]).toEqual([whole.subarray(0, 9), undefined]);
    const cut = await fetched(faults.cut(9));
    expect([cut.bytes, cut.error]).toEqual([whole.subarray(0, 9), "terminated"]);
    const reset = await fetched(faults.reset(9));
    expect([reset.bytes, reset.error]).toEqual([whole.subarray(0, 9), "terminated"]);
  });

  test("cut a body that is sent in chunks too", async () => {
    await using fake = await fakeProvider({ "GET /": () => ({ body: pieces }) });
    for (const fault of [faults.cut(9), faults.cut(0), faults.cut(whole.length), faults.reset(9)]) {
      fake.fault(fault);
      await expect(fetch(fake.url).then((response) => response.text())).rejects.toThrow("terminated");
    }
  });

  test("mangle the bytes from a place on", async () => {
    const { bytes, error } = await fetched(faults.garbage(9));
    expect([bytes.subarray(0, 9), bytes.subarray(9), error]).toEqual([whole.subarray(0, 9), whole.subarray(9).map((byte) => byte ^ 0xff), undefined]);
  });

  test("compress a body for a client that accepts it", async () => {
    const compressed = await fetched(faults.gzip());
    expect([compressed.headers.get("content-encoding"), compressed.headers.get("content-length"), compressed.bytes]).toEqual(["gzip", null, whole]);
    const plain = await fetched(faults.gzip(), { "accept-encoding": "identity" });
    expect([plain.headers.get("content-encoding"), plain.bytes]).toEqual([null, whole]);
  });

  test("compress each piece so that it can be read when it comes", async () => {
    async function* slow() {
      yield "first";
      await new Promise(() => {});
    }
    await using fake = await fakeProvider({ "GET /": () => ({ body: slow() }) });
    fake.fault(faults.gzip());
    const reader = (await fetch(fake.url)).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
    await reader?.cancel();
  });

  test("end a compressed body early, or the body where it is not compressed", async () => {
    const { bytes } = await fetched(faults.gzipCut(20));
    expect([bytes.length < whole.length, bytes]).toEqual([true, whole.subarray(0, bytes.length)]);
    expect((await fetched(faults.gzipCut(20), { "accept-encoding": "identity" })).bytes).toEqual(whole.subarray(0, 20));
  });

  test("put a status, a page or nothing in place of the reply", async () => {
    const refused = await fetched(faults.status(429, { headers: { "Retry-After": "1" } }));
    expect([refused.status, refused.headers.get("retry-after"), JSON.parse(Buffer.from(refused.bytes).toString())]).toEqual([429, "1", { error: { message: "This is status 429." } }]);
    const page = await fetched(faults.html());
    expect([page.status, page.headers.get("content-type"), Buffer.from(page.bytes).toString().slice(0, 15)]).toEqual([200, "text/html; charset=utf-8", "<!doctype html>"]);
    const empty = await fetched(faults.empty());
    expect([empty.status, empty.headers.get("content-type"), empty.bytes.length, empty.error]).toEqual([200, "text/event-stream; charset=utf-8", 0, undefined]);
  });

  test("repeat the key of the request", async () => {
    const { status, bytes } = await fetched(faults.echoKey(), { authorization: "Bearer k1", "x-api-key": "k2" });
    const message = "k1 and k2 will not do: authorization: Bearer k1, x-api-key: k2.";
    expect([status, JSON.parse(Buffer.from(bytes).toString())]).toEqual([401, { error: { message } }]);
    const event = await fetched(faults.echoKeyInEvent(), { authorization: "Bearer k1", "x-api-key": "k2" });
    expect([event.status, Buffer.from(event.bytes).toString()]).toEqual([200, `event: error\ndata: ${JSON.stringify({ type: "error", error: { type: "api_error", message } })}\n\n`]);
  });

  test("hold a reply back until a promise resolves, or for ever", async () => {
    await using fake = await fakeProvider({ "GET /": () => ({ body: "late" }) });
    let release = (): void => {};
    fake.fault(faults.slowFirstByte(new Promise<void>((resolve) => (release = resolve))), faults.hold());
    let isAnswered = false;
    const response = fetch(fake.url).finally(() => (isAnswered = true));
    while (fake.requests.length < 1) await turns();
    expect(isAnswered).toBe(false);
    release();
    expect(await (await response).text()).toBe("late");
    const abort = new AbortController();
    const held = fetch(fake.url, { signal: abort.signal });
    while (fake.requests.length < 2) await turns();
    abort.abort(new Error("left"));
    await expect(held).rejects.toThrow("left");
    await fake.idle();
  });

  test("stop in the midst and leave the connection open", async () => {
    await using fake = await fakeProvider({ "GET /": () => ({ body: pieces }) });
    fake.fault(faults.stall(8));
    const reader = (await fetch(fake.url)).body?.getReader();
    expect((await reader?.read())?.value).toEqual(whole.subarray(0, 8));
    expect(fake.openSockets).toBe(1);
    await reader?.cancel();
    await fake.idle();
  });

  test("are put together in the order they are given", async () => {
    const { bytes } = await fetched(faults.all(faults.truncate(12), faults.gzip(), faults.chop(1)));
    expect(bytes).toEqual(whole.subarray(0, 12));
    expect(() => faults.chop(0)).toThrow("A piece has at least one byte, not 0.");
  });

  const bodies = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 6 });

  test("keep all bytes and their order when they cut a body in pieces", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 1, max: 5 }), async (body, size) => {
        const out = await piecesOf(body, faults.chop(size));
        expect([Buffer.concat(out), out.every(({ length }) => length <= size)]).toEqual([Buffer.concat(body), true]);
      }),
    );
  });

  test("give exactly the bytes before the place at which they break off, or mangle those after it", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 0, max: 60 }), async (body, place) => {
        const bytes = Buffer.concat(body);
        for (const fault of [faults.truncate, faults.cut, faults.reset, faults.stall]) expect(Buffer.concat(await piecesOf(body, fault(place)))).toEqual(bytes.subarray(0, place));
        expect(Buffer.concat(await piecesOf(body, faults.garbage(place)))).toEqual(Buffer.from(bytes.map((byte, index) => (index < place ? byte : byte ^ 0xff))));
      }),
    );
  });
});
