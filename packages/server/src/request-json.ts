/** The JSON body of a request, read no further than its bound. */
import { StageError } from "@iftk/core";
import type { Asked } from "./exchange.js";

/** Whether the request says that its body is JSON. */
export function hasJsonType(asked: Asked): boolean {
  const type = asked.header("content-type");
  if (type === "application/json") return true;
  const mediaType = type?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return mediaType === "application/json" || /^application\/[\w.-]+\+json$/.test(mediaType);
}

/**
 * The value that the body holds.
 * Throws StageError `invalid_argument`, with reason `too-large` for a body of more than `maxBytes`
 * and reason `malformed` for one that is not JSON in UTF-8.
 */
export async function requestJson(asked: Asked, maxBytes: number): Promise<unknown> {
  if (Number(asked.header("content-length")) > maxBytes) throw tooLarge(maxBytes);
  const pieces: Uint8Array[] = [];
  let size = 0;
  await asked.read((bytes) => {
    size += bytes.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    pieces.push(bytes);
  });
  const text = decode(pieces.length === 1 && pieces[0] ? pieces[0] : joined(pieces, size));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(`The request body is not JSON${placeOf(error, text)}.`);
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed("The request body is not UTF-8; send the JSON in UTF-8.");
  }
}

/** Where the text stops being JSON; the engine's own message is left out, for it quotes the body. */
function placeOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : "";
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return ` at position ${position}`;
  if (text.trim() === "") return ": it is empty";
  return message.includes("end of JSON input") ? `: it ends too early, at position ${text.length}` : "";
}

function tooLarge(maxBytes: number): StageError {
  return new StageError("invalid_argument", `The request body is larger than the ${maxBytes} bytes that this server takes.`, {
    reason: "too-large",
  });
}

function malformed(message: string): StageError {
  return new StageError("invalid_argument", message, { reason: "malformed" });
}
