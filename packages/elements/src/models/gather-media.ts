/** Media that come in pieces. */
import { forEach, inputStream, StageError, type InputStream, type Stream } from "@iftk/core";
import type { Media } from "@iftk/inference";
import { mediaTypeOf } from "@iftk/inference/media";
import { z } from "zod";

/** Properties of what takes whole media. */
export const gatherProperties = {
  mediaType: z.string().max(200).regex(/^[\w.+-]+\/[\w.+-]+$/u, "expected a media type such as audio/wav").optional().describe("What the bytes are; without it they show it."),
  maximum: z.int().min(1).max(2 ** 30).default(2 ** 25).describe("Most bytes that may come; one more is an error."),
};

/** The stage that puts bytes together and tells their media type. Throws StageError `invalid_argument` for bytes that show none, and `resource_exhausted`, reason `too-large`. */
export function gatherMedia(element: string, { mediaType, maximum }: z.output<z.ZodObject<typeof gatherProperties>>): InputStream<Uint8Array, Media> {
  return inputStream(async function gatherMedia(pieces: Stream<Uint8Array>): Promise<Media> {
    const all: Uint8Array[] = [];
    let size = 0;
    await forEach(pieces, (piece) => {
      size += piece.length;
      if (size > maximum) throw new StageError("resource_exhausted", `${element}: more than ${maximum} bytes came; raise maximum if that is meant to be`, { reason: "too-large" });
      all.push(piece);
    });
    const data = new Uint8Array(Buffer.concat(all));
    const type = mediaType ?? (await mediaTypeOf(data));
    if (type === undefined) throw new StageError("invalid_argument", `${element}: the bytes do not show what they are; say it by mediaType`);
    return { data, mediaType: type };
  });
}
