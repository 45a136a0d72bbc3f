/** Media in the forms in which OpenAI takes them. */
import type { AudioContent, FileContent, Media } from "@iftk/inference";
import { unimplemented } from "./failure.js";

interface Named {
  readonly provider: string;
}

/** The URL of a medium; bytes as a data URL. */
export function urlOf(medium: Media): string {
  return "url" in medium ? medium.url : `data:${medium.mediaType};base64,${base64(medium.data)}`;
}

/** Bytes that are already base64 are taken as they are. */
function base64(data: Uint8Array | string): string {
  return typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}

const formats: ReadonlyMap<string, "wav" | "mp3"> = new Map([["wav", "wav"], ["x-wav", "wav"], ["wave", "wav"], ["vnd.wave", "wav"], ["mpeg", "mp3"], ["mp3", "mp3"]]);

/** Audio as chat completions take it. Throws StageError `unimplemented` for other formats than WAV and MP3, and for audio that is not at hand. */
export function inputAudioOf({ audio }: AudioContent, named: Named): { readonly data: string; readonly format: "wav" | "mp3" } {
  const [, mediaType, data] = /^data:([^;,]+)[^,]*;base64,(.*)$/su.exec(urlOf(audio)) ?? [];
  if (mediaType === undefined || data === undefined) throw unimplemented(named, "audio in a message cannot be given by its URL; give its bytes, as fetchMedia gets them");
  const format = formats.get(mediaType.toLowerCase().replace(/^audio\//u, ""));
  if (!format) throw unimplemented(named, `audio of type ${mediaType} cannot be given in a message; convert it to audio/wav or audio/mpeg`);
  return { data, format };
}

/** The name of a file; the API insists on one beside the bytes. */
export function fileNameOf({ file, name }: FileContent): string {
  const [, kind = "bin"] = /\/(?:x-)?(\w+)/u.exec(file.mediaType ?? "") ?? [];
  return name ?? `file.${kind === "plain" ? "txt" : kind}`;
}
