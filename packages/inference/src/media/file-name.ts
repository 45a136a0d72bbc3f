/** Names of files that stay where they are put. */
import { StageError } from "@iftk/core";

const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$/i;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const forbidden = /[\u0000-\u001f\u007f/\\:*?"<>|]/;

/** Bytes that a name may take, so that there is room for what is added to it. */
const mostBytes = 200;

/**
 * The name, when it names a file in a folder on every system.
 *
 * @throws StageError `invalid_argument` for one with a separator, a drive or a control character, `.` or `..`, a reserved one, or one that is too long.
 */
export function checkFileName(name: string): string {
  const isFine = name !== "" && !/^\.+$/.test(name) && !/[. ]$/.test(name) && !forbidden.test(name) && !reserved.test(name) && name.isWellFormed() && new TextEncoder().encode(name).length <= mostBytes;
  if (isFine) return name;
  throw new StageError("invalid_argument", `saveMedia: ${JSON.stringify(name.slice(0, 100))} is no name for a file: give one without a path, and without what systems reserve`);
}

const extensions: ReadonlyMap<string, string> = new Map([
  ["image/jpeg", "jpg"],
  ["image/svg+xml", "svg"],
  ["audio/mpeg", "mp3"],
  ["audio/mp4", "m4a"],
  ["audio/x-wav", "wav"],
  ["audio/ogg", "ogg"],
  ["audio/opus", "opus"],
  ["audio/pcm", "pcm"],
  ["video/quicktime", "mov"],
  ["text/plain", "txt"],
]);

/** The extension that files of a media type have, without the dot; `bin` where none is known. */
export function extensionOf(mediaType: string): string {
  const name = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  const subtype = /^(?:image|audio|video)\/(?:x-)?([a-z0-9]{1,10})$/.exec(name)?.[1];
  return extensions.get(name) ?? subtype ?? "bin";
}

/** The name of the file for the medium at this place: with an extension where it has none, with a number from the second on. */
export function fileNameOf(name: string, place: number, mediaType: string): string {
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, extensionOf(mediaType)];
  return `${stem}${place === 0 ? "" : `-${place + 1}`}.${extension}`;
}
