/** The JSON body of a request, read no further than its bound. */
import { StageError } from "@iftk/core";
import { tooLarge } from "./body-pieces.js";
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
 * Throws StageError `resource_exhausted` with reason `too-large` for a body of more than `maxBytes`,
 * and `invalid_argument` with reason `malformed` for one that is not JSON in UTF-8.
 */
export async function requestJson(asked: Asked, maxBytes: number): Promise<unknown> {
  return parseJson(await requestText(asked, maxBytes));
}

/** The text of the body. Throws as `requestJson` does for one that is too large or not UTF-8. */
export function requestText(asked: Asked, maxBytes: number): Promise<string> {
  if (Number(asked.header("content-length")) > maxBytes) throw tooLarge(maxBytes);
  return asked.text(maxBytes);
}

/** The value in a text. Throws as `requestJson` does for one that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new StageError("invalid_argument", `The request body is not JSON${placeOf(error, text)}.`, { reason: "malformed" });
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
