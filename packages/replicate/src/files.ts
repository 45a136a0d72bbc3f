/** Files that go in. */
import type { Media } from "@iftk/inference";
import { bytesOf } from "@iftk/inference/media";
import type { Client } from "./client.js";
import { unexpected } from "./failure.js";

/** Replicate takes files of up to 100 MiB. */
const maxBytes = 100 * 2 ** 20;

/**
 * Where a model finds a medium: the URL it has, a data URL where it is small, or that of the file which it is uploaded to.
 *
 * Throws what the upload throws, and `resource_exhausted`, reason `too-large`, beyond 100 MiB.
 */
export async function inputUrl(client: Client, media: Media, signal: AbortSignal): Promise<string> {
  const { inlineBytes = 256 * 1024 } = client.options;
  if ("url" in media && !media.url.startsWith("data:")) return media.url;
  const { bytes, mediaType } = await bytesOf(media, { signal, maxBytes });
  if (bytes.length <= inlineBytes) return `data:${mediaType};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")}`;
  const form = new FormData();
  form.append("content", new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType }), `input.${mediaType.split("/")[1]?.replace(/[^\w].*$/, "") ?? "bin"}`);
  const file = (await (await client.send("/files", { method: "POST", body: form, signal })).json()) as { readonly urls?: { readonly get?: unknown } } | null;
  if (typeof file?.urls?.get !== "string") throw unexpected("a file with its URL");
  return file.urls.get;
}
