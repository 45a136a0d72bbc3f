/** The pieces in which images, audio and video come. */
import { forEach, inputStream, type InputStream, StageError, type Stream } from "@iftk/core";
import { checkFinish } from "./check-finish.js";
import type { Finish, UsagePart, Warning } from "./part.js";

/** How far a job of the provider is. */
export interface Progress {
  readonly type: "progress";
  /** The provider's own word. */
  readonly status: string;
  /** From 0 to 1. */
  readonly fraction?: number;
}
/** The beginning of one medium. */
export interface MediaStart {
  readonly type: "media-start";
  /** Counted from 0 over all media of a reply, previews too. */
  readonly index: number;
  readonly mediaType: string;
  /** In bytes, where it is known. */
  readonly size?: number;
  /** Whether a better one follows. */
  readonly isPreview?: boolean;
  /** The prompt as the provider changed it. */
  readonly revisedPrompt?: string;
  readonly seed?: number;
}
export interface MediaDelta {
  readonly type: "media-delta";
  readonly index: number;
  readonly bytes: Uint8Array;
}
export interface MediaEnd {
  readonly type: "media-end";
  readonly index: number;
}

/** One piece of a reply that is made of images, audio or video. */
export type MediaPart = Progress | MediaStart | MediaDelta | MediaEnd | Warning | UsagePart | Finish;

/** An image, a sound or a video, whole. */
export interface GeneratedMedia {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly revisedPrompt?: string;
  readonly seed?: number;
}

/** All media of a reply, without previews. */
export interface MediaReply {
  readonly media: readonly GeneratedMedia[];
  readonly warnings: readonly string[];
  readonly finish: Finish;
}

interface Unfinished {
  readonly start: MediaStart;
  readonly pieces: Uint8Array[];
  isWhole: boolean;
}

/**
 * The media of a reply, put together in memory; larger ones are better written to files as they come.
 *
 * @throws StageError `unavailable`, reason `truncated`, when the parts end without `finish` or within a medium; `resource_exhausted`,
 * reason `too-large`, beyond 1 GiB; what the stage `text` throws for a `finish` that says the reply was aborted or failed.
 */
export const mediaReply: InputStream<MediaPart, MediaReply> = inputStream(async function mediaReply(parts: Stream<MediaPart>): Promise<MediaReply> {
  const found = new Map<number, Unfinished>();
  const warnings: string[] = [];
  let size = 0;
  let finish: Finish | undefined;
  await forEach(parts, (part) => {
    if (part.type === "media-start") found.set(part.index, { start: part, pieces: [], isWhole: false });
    else if (part.type === "media-delta") {
      size += part.bytes.length;
      if (size > largest) throw new StageError("resource_exhausted", `the media are larger than ${largest} bytes together; write them to files as they come`, { reason: "too-large" });
      found.get(part.index)?.pieces.push(part.bytes);
    } else if (part.type === "media-end") {
      const medium = found.get(part.index);
      if (medium?.start.isPreview) found.delete(part.index);
      else if (medium) medium.isWhole = true;
    } else if (part.type === "warning") warnings.push(part.message);
    else if (part.type === "finish") finish = part;
  });
  const end = checkFinish(finish);
  const media = [...found.values()].map(({ start: { mediaType, revisedPrompt, seed }, pieces, isWhole }) => {
    if (!isWhole) throw new StageError("unavailable", `a medium of type ${mediaType} ended before its end: it is cut off`, { reason: "truncated" });
    return { bytes: joined(pieces), mediaType, ...(revisedPrompt !== undefined && { revisedPrompt }), ...(seed !== undefined && { seed }) };
  });
  return { media, warnings, finish: end };
});

const largest = 2 ** 30;

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only) return only;
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
