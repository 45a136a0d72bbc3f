/** Images in another format. */
import { StageError } from "@iftk/core";
import { loadSharp } from "./load-sharp.js";

/** A format that images are converted to. */
export type ImageFormat = "png" | "jpeg" | "webp";

/** Points of the largest image that is decoded. */
const mostPixels = 100_000_000;

/**
 * The image in another format, upright. It needs the package sharp.
 *
 * @throws StageError `failed_precondition`, reason `missing-package`, without sharp; `invalid_argument` for bytes that are no image, or one of more than 100 million points.
 */
export async function convertImage(bytes: Uint8Array, format: ImageFormat): Promise<Uint8Array> {
  const sharp = await loadSharp();
  try {
    return await sharp(bytes, { limitInputPixels: mostPixels }).rotate().toFormat(format).toBuffer();
  } catch (cause) {
    throw new StageError("invalid_argument", `the image cannot be converted to ${format}: ${cause instanceof Error ? cause.message : "unknown"}`, { cause });
  }
}
