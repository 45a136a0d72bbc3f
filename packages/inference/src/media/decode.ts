/** Media that stand in the text itself. */
import { Buffer } from "node:buffer";
import { StageError } from "@iftk/core";
import { tooLarge } from "./read-bounded.js";

/**
 * The bytes that base64 stands for, in either alphabet, padded or not.
 *
 * @throws StageError `invalid_argument` for a text that is none; `resource_exhausted`, reason `too-large`.
 */
export function decodeBase64(text: string, maxBytes: number): Uint8Array {
  if (text.length > Math.ceil(maxBytes / 3) * 4 + 2) throw tooLarge(maxBytes);
  if (!/^[\w+/-]*={0,2}$/.test(text) || text.replace(/=+$/, "").length % 4 === 1) throw new StageError("invalid_argument", "the data of a medium is not base64; give base64 without white space, or bytes");
  const bytes = Buffer.from(text, "base64");
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

/**
 * What a data URL (RFC 2397) holds.
 *
 * @throws StageError `invalid_argument` for a URL that is none; `resource_exhausted`, reason `too-large`.
 */
export async function decodeDataUrl(url: string, maxBytes: number): Promise<{ readonly data: Uint8Array; readonly mediaType: string }> {
  if (url.length > maxBytes * 3 + 1024) throw tooLarge(maxBytes);
  const response = await fetch(url).catch(() => {
    throw new StageError("invalid_argument", "the URL of a medium is no data URL: expected data:<media type>;base64,<data>");
  });
  const data = new Uint8Array(await response.arrayBuffer());
  if (data.length > maxBytes) throw tooLarge(maxBytes);
  return { data, mediaType: response.headers.get("content-type") ?? "text/plain" };
}
