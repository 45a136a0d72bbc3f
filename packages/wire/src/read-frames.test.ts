import fc from "fast-check";
import { ready, StageError, type ReadyStream } from "@iftk/core";
import { describe, expect, it } from "vitest";
import type { Frame } from "./frame.js";
import { readFrames } from "./read-frames.js";
import { encodeFrame, heartbeat } from "./sse-writer.js";

const encoder = new TextEncoder();

/** The bytes in pieces, and whether their reader closed them. */
function source(bytes: Uint8Array, sizes: readonly number[]) {
  const state = { closed: false, taken: 0 };
  async function* pieces() {
    try {
      for (let start = 0, index = 0; start < bytes.length; index += 1) {
        const size = Math.max(1, sizes[index % sizes.length] ?? bytes.length);
        yield bytes.subarray(start, (start += size));
        state.taken = start;
      }
    } finally {
      state.closed = true;
    }
  }
  return { stream: pieces(), state };
}

async function take(bytes: Uint8Array, sizes: readonly number[]): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readFrames(source(bytes, sizes).stream)) frames.push(frame);
  return frames;
}

const truncated = expect.objectContaining({ code: "unavailable", reason: "truncated" });

describe("readFrames", () => {
  it("gives the frames back however their bytes are cut and whatever heartbeats lie between", async () => {
    const values = fc.array(fc.tuple(fc.jsonValue(), fc.boolean()), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(values, fc.boolean(), fc.array(fc.integer({ min: 1, max: 40 })), async (items, fails, sizes) => {
        const frames: Frame[] = items.map(([value], index) => ({ kind: "value", id: index + 1, value: JSON.parse(JSON.stringify(value)) }));
        frames.push(
          fails
            ? { kind: "error", id: frames.length + 1, error: { code: "internal", message: "é\u2028" } }
            : { kind: "end", id: frames.length + 1 },
        );
        const text = frames.map((frame, index) => (items[index]?.[1] ? heartbeat : "") + encodeFrame(frame)).join("");
        expect(await take(encoder.encode(text), sizes)).toEqual(frames);
        expect(await take(encoder.encode(text), [1])).toEqual(frames);
      }),
    );
  });

  it("fails as truncated wherever the bytes end before the last mark", async () => {
    const text = encodeFrame({ kind: "value", id: 1, value: "é" }) + encodeFrame({ kind: "end", id: 2 });
    const bytes = encoder.encode(text);
    for (let length = 0; length < bytes.length; length += 1) {
      await expect(take(bytes.subarray(0, length), [3])).rejects.toEqual(truncated);
    }
    await expect(take(bytes, [3])).resolves.toHaveLength(2);
  });

  it("gives all frames of one piece of the bytes at once, and those before a bad one before its error", async () => {
    const text = [1, 2, 3, 4].map((id) => encodeFrame({ kind: "value", id, value: id }));
    const bytes = encoder.encode(`${text.join("")}data: {oops\n\n${text[0]}`);
    const reader = (readFrames(source(bytes, [text.slice(0, 3).join("").length, bytes.length]).stream) as ReadyStream<Frame>)[ready]();
    expect([await reader.read(), await reader.read()].map((batch) => batch?.map(({ id }) => id))).toEqual([[1, 2, 3], [4]]);
    await expect(Promise.resolve(reader.read())).rejects.toEqual(expect.objectContaining({ code: "internal", reason: "malformed" }));
  });

  it("ends or fails with a StageError on any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await take(bytes, [7]).catch((error: unknown) => expect(StageError.is(error)).toBe(true));
      }),
    );
  });

  it("takes an error frame that says nothing", async () => {
    await expect(take(encoder.encode("event: error\ndata: null\n\n"), [1])).resolves.toEqual([{ kind: "error", id: 0, error: {} }]);
  });

  it.each([
    ["a value that is not JSON", "data: {oops\n\n", { code: "internal", reason: "malformed" }],
    ["a kind that is unknown", "event: rollback\ndata: 1\n\n", { code: "unimplemented" }],
  ])("refuses %s", async (_name, text, error) => {
    await expect(take(encoder.encode(text), [1])).rejects.toEqual(expect.objectContaining(error));
  });

  it.each(["end", "error"] as const)("closes its source after the %s frame and reads no further", async (kind) => {
    const last = encodeFrame(kind === "end" ? { kind, id: 1 } : { kind, id: 1, error: { code: "internal", message: "" } });
    const { stream, state } = source(encoder.encode(last + heartbeat.repeat(100)), [last.length]);
    for await (const _frame of readFrames(stream));
    expect(state).toEqual({ closed: true, taken: 0 });
  });

  it("closes its source when its consumer leaves", async () => {
    const { stream, state } = source(encoder.encode(encodeFrame({ kind: "value", id: 1, value: 1 }).repeat(9)), [5]);
    for await (const _frame of readFrames(stream)) break;
    expect(state.closed).toBe(true);
  });

  it("passes an error of its source untouched", async () => {
    const cause = new Error("socket");
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield encoder.encode(": hi\n");
      throw cause;
    }
    await expect(readFrames(failing())[Symbol.asyncIterator]().next()).rejects.toBe(cause);
  });
});
