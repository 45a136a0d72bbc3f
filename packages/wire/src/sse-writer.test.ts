import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendValueFrame, encodeFrame } from "./sse-writer.js";
import { sseReader } from "./sse-reader.js";

describe("encodeFrame", () => {
  it("gives a value, the end and an error as events", () => {
    expect([
      encodeFrame({ kind: "value", id: 1, value: { type: "text-delta", text: "a\nb" } }),
      encodeFrame({ kind: "end", id: 2 }),
      encodeFrame({ kind: "error", id: 3, error: { code: "internal", message: "no" } }),
    ]).toEqual([
      'id: 1\ndata: {"type":"text-delta","text":"a\\nb"}\n\n',
      "event: end\nid: 2\ndata: {}\n\n",
      'event: error\nid: 3\ndata: {"code":"internal","message":"no"}\n\n',
    ]);
  });

  it("gives whatever JSON can hold back through the reader", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const [event] = sseReader().push(new TextEncoder().encode(encodeFrame({ kind: "value", id: 1, value })));
        expect(event).toEqual({ type: "message", data: JSON.stringify(value), lastEventId: "1" });
      }),
    );
  });

  it("writes any text as JSON does, at the end of what is there, under any number", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "\udc00a", "\u2028\u007f", '"\\', "x".repeat(65))), fc.nat(10_000), (text, value, id) => {
        expect(appendValueFrame(text, id, value)).toBe(`${text}id: ${id}\ndata: ${JSON.stringify(value)}\n\n`);
      }),
    );
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  it.each([
    ["undefined", undefined, "undefined"],
    ["a function", () => 1, "function"],
    ["a symbol", Symbol("secret"), "symbol"],
    ["a bigint", 1n, "bigint"],
    ["a cycle", cycle, "Object"],
    ["bytes", new Uint8Array(2), "Uint8Array"],
    ["a number that is not finite", Number.NaN, "number"],
  ])("refuses %s", (_name, value, type) => {
    expect(() => encodeFrame({ kind: "value", id: 1, value })).toThrow(
      expect.objectContaining({
        code: "internal",
        reason: "not-serializable",
        message: `A value of type ${type} cannot be sent, for JSON cannot carry it; the stage must yield plain data.`,
      }),
    );
  });
});
