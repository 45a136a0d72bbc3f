/** Frames as the text of socket messages. */
import { StageError } from "@iftk/core";
import type { StageErrorCode } from "@iftk/core";
import type { SocketFrame } from "../frame.js";

/** The WebSocket subprotocol of frames. */
export const socketProtocol = "iftk.v1";

/** What `open` frames say of it. */
export const socketVersion = 1;

/** The frames of a message: one, or those of an array. Throws StageError of the code, with reason `malformed`, for anything else. */
export function framesOfMessage(text: string, code: StageErrorCode): readonly SocketFrame[] {
  try {
    const message: unknown = JSON.parse(text);
    const frames: readonly unknown[] = Array.isArray(message) ? message : [message];
    if (frames.every(isFrame)) return frames;
  } catch {
    // It is not JSON.
  }
  throw malformed(code, "it is neither a frame nor an array of frames");
}

/** What is of an unknown kind passes: who hears it refuses it by its name. */
function isFrame(value: unknown): value is SocketFrame {
  const { kind, count, error } = Object(value) as Readonly<Record<string, unknown>>;
  if (kind === "value") return "value" in (value as object);
  if (kind === "credit") return isCount(count) && count > 0;
  return typeof kind === "string" && (kind !== "error" || error instanceof Object);
}

/** Whether the value is a number of values as frames have it. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}

/** The error for a message that breaks the rules of frames. */
export function malformed(code: StageErrorCode, how: string): StageError {
  return new StageError(code, `A message breaks the rules of ${socketProtocol}: ${how}.`, { reason: "malformed" });
}
