import fc from "fast-check";
import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { MessageFrames } from "./message-frames.js";

function framed(message: Uint8Array, flags = 0): Uint8Array {
  const frame = new Uint8Array(5 + message.length);
  frame[0] = flags;
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

/** What is cut of the pieces, and the error that ends them. */
function cutAll(pieces: readonly Uint8Array[], maxBytes = 8): readonly unknown[] {
  const seen: unknown[] = [];
  const frames = new MessageFrames(maxBytes, (bytes) => seen.push([...bytes]));
  try {
    for (const piece of pieces) frames.add(piece);
    frames.end();
  } catch (error) {
    seen.push(error instanceof StageError ? [error.code, error.reason] : error);
  }
  return seen;
}

test("messages are the same however their bytes are cut into pieces", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat(80), { maxLength: 8 }), (sent, cuts) => {
      const bytes = new Uint8Array(sent.flatMap((message) => [...framed(message)]));
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(cutAll(pieces)).toEqual(sent.map((message) => [...message]));
    }),
  );
});

test("a message has bytes of its own", () => {
  const seen: Uint8Array[] = [];
  const frames = new MessageFrames(8, (bytes) => seen.push(bytes));
  const piece = Buffer.from(framed(new Uint8Array([1, 2])));
  frames.add(piece);
  piece.fill(0);
  expect(seen).toEqual([new Uint8Array([1, 2])]);
  expect(Buffer.isBuffer(seen[0])).toBe(false);
});

test("one that is too large, compressed or cut is refused after those before it, as soon as its head is there", () => {
  const good = framed(new Uint8Array([7]));
  const large = framed(new Uint8Array(9)).subarray(0, 5);
  expect([cutAll([good, large]), cutAll([new Uint8Array([...good, ...large])]), cutAll([good, framed(new Uint8Array([1]), 1)]), cutAll([good, good.subarray(0, 3)])]).toEqual([
    [[7], ["resource_exhausted", "too-large"]],
    [[7], ["resource_exhausted", "too-large"]],
    [[7], ["internal", undefined]],
    [[7], ["invalid_argument", "truncated"]],
  ]);
});
