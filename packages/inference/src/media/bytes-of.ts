/** Media in the form that a provider takes. */
import { Buffer } from "node:buffer";
import type { Media } from "../media.js";
import { decodeBase64 } from "./decode.js";
import { fetchMedia, type FetchMediaOptions } from "./fetch-media.js";
import { defaultMaxBytes } from "./read-bounded.js";

/** Bytes and what they are. */
export interface MediaBytes {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** Bytes in base64 and what they are. */
export interface MediaBase64 {
  readonly base64: string;
  readonly mediaType: string;
}

/** The bytes of a medium: its own, or what `fetchMedia` gives and throws; and `invalid_argument` where its data is not base64. */
export async function bytesOf(media: Media, options: FetchMediaOptions = {}): Promise<MediaBytes> {
  if ("data" in media) {
    const { data, mediaType } = media;
    return { bytes: typeof data === "string" ? decodeBase64(data, options.maxBytes ?? defaultMaxBytes) : data, mediaType };
  }
  const { data, mediaType } = await fetchMedia(media.url, options);
  return { bytes: data, mediaType: media.mediaType ?? mediaType };
}

/** The same in base64, with padding. */
export async function base64Of(media: Media, options: FetchMediaOptions = {}): Promise<MediaBase64> {
  const { bytes, mediaType } = await bytesOf(media, options);
  return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"), mediaType };
}
