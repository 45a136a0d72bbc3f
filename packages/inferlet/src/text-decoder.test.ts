import fc from "fast-check";
import { expect, test } from "vitest";
import { IncrementalTextDecoder } from "./text-decoder.js";

/** Bytes cut into pieces at arbitrary places, empty pieces among them. */
const pieces = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
};

const decode = (parts: readonly Uint8Array[]): string[] => {
  const decoder = new IncrementalTextDecoder();
  return [...parts.map((part) => decoder.write(part)), decoder.end()];
};

const cuts = fc.array(fc.nat(), { maxLength: 40 });
const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.constant("\uFEFFa\u0000ß"));

test("text comes out whole however its bytes are cut, and no piece ends inside a character", () => {
  fc.assert(
    fc.property(text, cuts, (text, cuts) => {
      const decoded = decode(pieces(new TextEncoder().encode(text), cuts));
      expect(decoded.join("")).toBe(text);
      expect(decoded.every((piece) => !/\p{Surrogate}/u.test(piece))).toBe(true);
    }),
  );
});

test("arbitrary bytes decode as a native decoder decodes the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), cuts, (bytes, cuts) => {
      expect(decode(pieces(bytes, cuts)).join("")).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    }),
  );
});

test("a character is given with its last byte", () => {
  const [first, second, third, fourth] = new TextEncoder().encode("🦊");
  expect(decode([first, second, third, fourth].map((byte) => Uint8Array.of(byte as number)))).toEqual(["", "", "", "🦊", ""]);
});

test("bytes that end inside a character leave U+FFFD, and the decoder is as new", () => {
  const decoder = new IncrementalTextDecoder();
  expect([decoder.write(Uint8Array.of(0x61, 0xf0, 0x9f)), decoder.end(), decoder.write(Uint8Array.of(0x62)), decoder.end()]).toEqual(["a", "\uFFFD", "b", ""]);
});
