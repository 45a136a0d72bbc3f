import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sseReader } from "./sse-reader.js";
import type { SseEvent } from "./sse-reader.js";

const encoder = new TextEncoder();

function read(text: string | Uint8Array, cuts: readonly number[] = []): SseEvent[] {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const reader = sseReader();
  const borders = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).flatMap((end, index) => reader.push(bytes.subarray(borders[index], end)));
}

const everyByte = (text: string) => Array.from({ length: encoder.encode(text).length }, (_, index) => index);
const message = (data: string, lastEventId = "", type = "message") => ({ type, data, lastEventId });

describe("sseReader", () => {
  it.each([
    ["an event", "data: a\n\n", [message("a")]],
    ["an event without a space after the colon", "data:a\n\n", [message("a")]],
    ["only the first of two spaces as no data", "data:  a\n\n", [message(" a")]],
    ["several lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", [message("YHOO\n+2\n10")]],
    ["ids that stay until they change", ": c\n\ndata: 1\nid: 1\n\ndata: 2\n\ndata: 3\nid\n\n", [message("1", "1"), message("2", "1"), message("3", "")]],
    ["an event with empty data but none that the end cuts", "data\n\ndata\ndata\n\ndata:", [message(""), message("\n")]],
    ["no event without data, and forgets its type", "event: a\n\ndata: b\n\n", [message("b")]],
    ["the type of an event", "event: end\ndata: {}\n\n", [message("{}", "", "end")]],
    ["no id that holds a null", "id: 1\nid: 2\0\ndata: a\n\n", [message("a", "1")]],
    ["no unknown field", "foo: bar\ndata: a\ndatax: b\n\n", [message("a")]],
    ["no field with another case or a leading space", "DATA: b\n data: c\ndata: a\n\n", [message("a")]],
    ["no byte order mark at the start", "\uFEFFdata: a\n\n", [message("a")]],
    ["a second byte order mark as part of a field name", "\uFEFF\uFEFFdata: a\n\n", []],
    ["an event cut by the end", "data: a\n\ndata: b\n", [message("a")]],
    ["line separators of Unicode as data", "data: a\u2028b\u0085c\n\n", [message("a\u2028b\u0085c")]],
  ])("gives %s", (_name, text, events) => {
    expect(read(text)).toEqual(events);
    for (const [pattern, ending] of [[/\n/g, "\r"], [/\n/g, "\r\n"]] as const) {
      const other = text.replace(pattern, ending);
      expect(read(other)).toEqual(events);
      expect(read(other, everyByte(other))).toEqual(events);
    }
  });

  it("keeps the retry time and refuses one that is no number", () => {
    const reader = sseReader();
    reader.push(encoder.encode("retry: 250\nretry: 1x\nretry: -1\n\n"));
    expect(reader.retry).toBe(250);
  });

  it("gives an event at its carriage return, before a line feed may follow", () => {
    const reader = sseReader();
    expect(reader.push(encoder.encode("data: a\r\r"))).toEqual([message("a")]);
    expect(reader.push(encoder.encode("\ndata: b\r\n\r"))).toEqual([message("b")]);
  });

  it("gives the same events however the bytes are cut", () => {
    const line = fc.oneof(
      fc.constantFrom("data: a", "data:", "data", ": ping", "id: 7", "event: end", "retry: 5", "", "", "\uFEFF"),
      fc.string({ unit: "grapheme" }).map((text) => `data: ${text}`),
    );
    const stream = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n"))).map((lines) => lines.flat().join(""));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400)), (text, cuts) => {
        const whole = read(text);
        expect(read(text, cuts)).toEqual(whole);
        expect(read(text, everyByte(text))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it("takes any bytes without a throw, the same however they are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(500)), (bytes, cuts) => {
        expect(read(bytes, cuts)).toEqual(read(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["one long line", "data: ", "aaaa"],
    ["many lines", "", "data: a\n"],
    ["one long comment", ":", "aaaa"],
  ])("refuses an event that grows over its bound by %s", (_name, first, more) => {
    const reader = sseReader({ maxEventSize: 1000 });
    reader.push(encoder.encode(first));
    expect(() => {
      for (let round = 0; round < 1000; round += 1) reader.push(encoder.encode(more));
    }).toThrow(expect.objectContaining({ code: "resource_exhausted", reason: "too-large" }));
  });

  it("never counts one event to the bound of the next", () => {
    const reader = sseReader({ maxEventSize: 20 });
    const events = Array.from({ length: 1000 }, () => reader.push(encoder.encode("data: 123456789\n\n"))).flat();
    expect(events).toHaveLength(1000);
  });

  it("reads a long line in tiny chunks in linear time", () => {
    const time = (length: number) => {
      const chunk = encoder.encode("abcd");
      const reader = sseReader();
      reader.push(encoder.encode("data: "));
      const start = performance.now();
      for (let done = 0; done < length; done += 4) reader.push(chunk);
      const events = reader.push(encoder.encode("\n\n"));
      expect(events[0]?.data).toHaveLength(length);
      return performance.now() - start;
    };
    time(40_000);
    const best = (length: number) => Math.min(time(length), time(length), time(length));
    expect(best(1_600_000) / best(200_000)).toBeLessThan(32);
  });
});
