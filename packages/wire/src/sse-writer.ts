/** Frames as server-sent events. */
import { StageError } from "@iftk/core";
import type { Frame } from "./frame.js";

/** A comment that keeps a quiet connection open. It is no content: readers drop it. */
export const heartbeat = ": ping\n\n";

/**
 * One frame as the text of one server-sent event.
 * Throws StageError `internal` with reason `not-serializable` where JSON cannot carry the value:
 * nothing, a function, a symbol, a bigint, a cycle, bytes, or a number that is not finite.
 */
export function encodeFrame(frame: Frame): string {
  switch (frame.kind) {
    case "value":
      return appendValueFrame("", frame.id, frame.value);
    case "end":
      return `event: end\nid: ${frame.id}\ndata: {}\n\n`;
    case "error":
      return `event: error\nid: ${frame.id}\ndata: ${JSON.stringify(frame.error)}\n\n`;
  }
}

/** The text with the frame of one more value at its end, as `encodeFrame` gives and throws. */
export function appendValueFrame(text: string, id: number, value: unknown): string {
  // Each sum makes one string that points to its parts: fewer and longer parts cost less.
  if (typeof value === "string" && value.length <= 64 && isPlain(value)) return text + openingOf(id) + value + '"\n\n';
  return `${text}id: ${id}\ndata: ${encodeValue(value)}\n\n`;
}

/** What comes before the first texts of a stream, which are the same in every one. */
const openings: string[] = [];
const mostOpenings = 4096;

function openingOf(id: number): string {
  while (openings.length <= id && openings.length < mostOpenings) openings.push(`id: ${openings.length}\ndata: "`);
  return openings[id] ?? `id: ${id}\ndata: "`;
}

/** Whether JSON writes the text as it is, between quotes; surrogates may be unpaired, which it escapes. A look is cheaper than a native call. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit < 0xe000)) return false;
  }
  return true;
}

/** A value as JSON on one line. Throws as `encodeFrame` does. */
export function encodeValue(value: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  if (!(ArrayBuffer.isView(value) || (typeof value === "number" && !Number.isFinite(value)))) {
    try {
      json = JSON.stringify(value) as string | undefined;
    } catch (error) {
      cause = error;
    }
  }
  if (json !== undefined) return json;
  throw new StageError(
    "internal",
    `A value of type ${typeName(value)} cannot be sent, for JSON cannot carry it; the stage must yield plain data.`,
    { reason: "not-serializable", cause },
  );
}

function typeName(value: unknown): string {
  return typeof value === "object" && value !== null ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
