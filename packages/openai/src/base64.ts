/** Bytes that came as text. */
import { Buffer } from "node:buffer";

/** The bytes that base64 stands for; undefined where there are none, or the text is no base64. */
export function bytesOfBase64(text: string | undefined): Uint8Array | undefined {
  if (!text) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  // What is not base64 is passed over in decoding, and makes the result shorter.
  return bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : undefined;
}
