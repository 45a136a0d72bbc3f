/** The image in what providers answer. */
import { bytesOf, fetchMedia, mediaTypeOf, type MediaBytes } from "@iftk/inference/media";
import type { Client } from "./client.js";
import { failureIn, unexpected } from "./failure.js";

const maxBytes = 64 * 2 ** 20;

/**
 * The first image of a reply, be it in the reply or at a URL that it names, which is then fetched.
 *
 * Throws StageError `unavailable`, reason `malformed`, where there is none, and what `fetchMedia` throws.
 */
export async function imageIn(client: Client, reply: unknown, signal: AbortSignal): Promise<MediaBytes> {
  const failure = failureIn(reply, client.secrets());
  if (failure) throw failure;
  const found = typeof reply === "object" ? firstOf(reply) : undefined;
  if (found === undefined) throw unexpected("an image");
  if (/^https?:/i.test(found)) {
    if (!URL.canParse(found)) throw unexpected("an image");
    const { data, mediaType } = await fetchMedia(found, { signal, maxBytes, allowPrivate: new URL(client.routerUrl).origin });
    return { bytes: data, mediaType };
  }
  if (found.startsWith("data:")) return bytesOf({ url: found }, { signal, maxBytes });
  const bytes = new Uint8Array(Buffer.from(found, "base64"));
  const mediaType = await mediaTypeOf(bytes);
  if (!mediaType?.startsWith("image/")) throw unexpected("an image");
  return { bytes, mediaType };
}

/** Base64, or a URL, wherever the providers put it: `data[].b64_json` and `.url`, `images[].url`, `output`, `data.outputs[]`, `image_result[].url`. */
function firstOf(value: unknown, depth = 0): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  if (Array.isArray(value)) return firstOf(value[0], depth + 1);
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of ["b64_json", "url", "images", "output", "outputs", "image_result", "data"]) {
    const found = Object.hasOwn(fields, name) ? firstOf(fields[name], depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
