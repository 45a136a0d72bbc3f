/** What bytes are. */
import { fileTypeFromBuffer } from "file-type";

/** The types that providers know under one name, by the other names they have. */
const usual: ReadonlyMap<string, string> = new Map([
  ["audio/vnd.wave", "audio/wav"],
  ["audio/wave", "audio/wav"],
  ["audio/x-wav", "audio/wav"],
  ["audio/x-flac", "audio/flac"],
  ["audio/x-m4a", "audio/mp4"],
  ["audio/mp3", "audio/mpeg"],
  ["image/jpg", "image/jpeg"],
  ["image/vnd.mozilla.apng", "image/apng"],
]);

/** Types that say nothing. */
const blank: ReadonlySet<string> = new Set(["", "application/octet-stream", "binary/octet-stream", "application/unknown"]);

/** The media type that the first bytes show, or undefined: text, for one, shows none. */
export async function mediaTypeOf(bytes: Uint8Array): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(bytes.subarray(0, 65_536)).catch(() => undefined);
  return found && (usual.get(found.mime) ?? found.mime);
}

/** What the bytes show, or else what was said of them; `application/octet-stream` where nothing was. */
export async function tellMediaType(bytes: Uint8Array, said: string | undefined): Promise<string> {
  const name = (said ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const isSaid = /^[\w.+-]+\/[\w.+-]+$/.test(name) && !blank.has(name);
  const shown = await mediaTypeOf(bytes);
  // Bytes show the container of a document, where its name says what is in it.
  if (isSaid && (shown === undefined || shown === "application/zip" || shown === "application/xml" || shown === "application/x-cfb")) return usual.get(name) ?? name;
  return shown ?? "application/octet-stream";
}
