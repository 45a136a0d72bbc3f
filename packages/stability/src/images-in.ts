/** Images that go into a form. */
import type { Media } from "@iftk/inference";
import { bytesOf } from "@iftk/inference/media";

/** The API takes requests of up to 10 MiB. */
const maxBytes = 10 * 2 ** 20;

/** The image as a file of a form; one that is a URL is fetched. Throws what `bytesOf` throws. */
export async function fileOf(media: Media, signal: AbortSignal): Promise<Blob> {
  const { bytes, mediaType } = await bytesOf(media, { signal, maxBytes });
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType });
}

/** A form of these fields; those that are undefined or null are left out, and bytes become files. */
export function formOf(fields: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (value instanceof Blob) form.append(name, value, `${name}.${value.type.split("/")[1] ?? "bin"}`);
    else if (value instanceof Uint8Array) form.append(name, new Blob([value as Uint8Array<ArrayBuffer>]), name);
    else form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return form;
}
