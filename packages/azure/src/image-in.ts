/** Images in a form that Azure takes. */
import { StageError } from "@iftk/core";
import type { Media } from "@iftk/inference";
import { bytesOf, convertImage, mediaTypeOf } from "@iftk/inference/media";
import { provider, type ImageBody } from "./client.js";

/** What an API takes. */
export interface ImageLimits {
  /** Media types. */
  readonly formats: ReadonlySet<string>;
  /** Largest size in MiB. */
  readonly megabytes: number;
}

/** The limits of Image Analysis 4.0. */
export const analysisLimits: ImageLimits = {
  formats: new Set(["image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp", "image/x-icon", "image/vnd.microsoft.icon", "image/tiff"]),
  megabytes: 20,
};

/** The limits of the OCR of version 3.2. */
export const ocrLimits: ImageLimits = { formats: new Set(["image/jpeg", "image/png", "image/gif", "image/bmp"]), megabytes: 4 };

/**
 * The image as it is sent: an http or https URL for Azure to fetch, or bytes, as PNG where Azure does not take their format.
 *
 * Throws StageError `invalid_argument`, reason `too-large`, what `bytesOf` throws for data that is none, and what `convertImage` throws.
 */
export async function imageIn(image: Media, { formats, megabytes }: ImageLimits, signal: AbortSignal): Promise<ImageBody> {
  if ("url" in image && !/^data:/iu.test(image.url)) return { url: image.url };
  const { bytes, mediaType } = await bytesOf(image, { signal });
  const type = (await mediaTypeOf(bytes)) ?? mediaType;
  const sent = formats.has(type) ? bytes : await convertImage(bytes, "png");
  if (sent.length > megabytes * 2 ** 20) {
    throw new StageError("invalid_argument", `${provider}: the image has ${(sent.length / 2 ** 20).toFixed(1)} MB${sent === bytes ? "" : " as PNG"}, and Azure takes ${megabytes}; send a smaller one`, { reason: "too-large" });
  }
  return { bytes: sent };
}
