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
      return `id: ${frame.id}\ndata: ${encodeValue(frame.value)}\n\n`;
    case "end":
      return `event: end\nid: ${frame.id}\ndata: {}\n\n`;
    case "error":
      return `event: error\nid: ${frame.id}\ndata: ${JSON.stringify(frame.error)}\n\n`;
  }
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
