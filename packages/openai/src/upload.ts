/** Media as the files of a form. */
import type { Media } from "@iftk/inference";
import { bytesOf, mediaTypeOf } from "@iftk/inference/media";

/** How a medium is got. */
export interface UploadOptions {
  readonly signal: AbortSignal;
  /** The most bytes that it may have. */
  readonly maxBytes: number;
}

/** Extensions that are not the second half of the media type. */
const extensions: ReadonlyMap<string, string> = new Map([
  ["mpeg", "mp3"],
  ["mpga", "mp3"],
  ["wave", "wav"],
  ["vnd.wave", "wav"],
  ["quicktime", "mov"],
]);

/** The medium as a file with this name and the extension of its type, by which the API tells formats apart; a type that says nothing is told by the bytes. */
export async function fileOf(medium: Media, name: string, options: UploadOptions): Promise<File> {
  const { bytes, mediaType } = await bytesOf(medium, options);
  const said = (mediaType.split(";")[0] ?? "").trim().toLowerCase();
  const type = /^(?:audio|image|video)\//u.test(said) ? said : ((await mediaTypeOf(bytes)) ?? said);
  const kind = type.slice(type.indexOf("/") + 1).replace(/^x-/u, "");
  return new File([bytes as Uint8Array<ArrayBuffer>], `${name}.${extensions.get(kind) ?? kind}`, { type });
}
