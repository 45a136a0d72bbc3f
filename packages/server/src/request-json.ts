/** The JSON body of a request, read no further than its bound. */
import { StageError } from "@iftk/core";

/** Whether the request says that its body is JSON. */
export function hasJsonType(request: Request): boolean {
  const mediaType = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return mediaType === "application/json" || /^application\/[\w.-]+\+json$/.test(mediaType);
}

/**
 * The value that the body holds.
 * Throws StageError `invalid_argument`, with reason `too-large` for a body of more than `maxBytes`
 * and reason `malformed` for one that is not JSON in UTF-8.
 */
export async function requestJson(request: Request, maxBytes: number): Promise<unknown> {
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
  const text = await readText(request.body, maxBytes);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(`The request body is not JSON${placeOf(error, text)}.`);
  }
}

async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = body?.getReader();
  let text = "";
  let size = 0;
  let isWhole = reader === undefined;
  try {
    while (reader) {
      const { done, value } = await reader.read();
      if (done) {
        isWhole = true;
        return text + decode(decoder);
      }
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      text += decode(decoder, value);
    }
    return text;
  } finally {
    if (!isWhole) reader?.cancel().catch(() => {});
  }
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
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
