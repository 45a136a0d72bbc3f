/** Requests as the Images API takes them. */
import { defined, type ImageRequest } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { unimplemented } from "./failure.js";
import { imageSize, type ImageSizes } from "./image-size.js";
import { ignored, type WrittenRequest } from "./written-request.js";

/** The fields that a new image and an edited one have in common; the images themselves are uploaded. */
export type ImageBody = Pick<OpenAI.ImageGenerateParams, "model" | "prompt" | "n" | "size" | "quality" | "background" | "output_format" | "response_format" | "stream" | "partial_images">;

/** A kind of model by what it takes. */
interface ImageModel {
  readonly sizes: ImageSizes;
  /** Whether it streams, has previews, formats, qualities and backgrounds. */
  readonly isGptImage: boolean;
  readonly mostCount: number;
  /** Images that it can start from. */
  readonly mostImages: number;
  readonly qualityOf?: (quality: NonNullable<ImageRequest["quality"]>) => "hd" | "standard";
}

const standardSizes = ["1024x1024", "1536x1024", "1024x1536"] as const;
const gptImage: ImageModel = { sizes: "flexible", isGptImage: true, mostCount: 10, mostImages: 16 };
const firstGptImage: ImageModel = { ...gptImage, sizes: standardSizes };
const dallE2: ImageModel = { sizes: ["256x256", "512x512", "1024x1024"], isGptImage: false, mostCount: 10, mostImages: 1 };
const dallE3: ImageModel = { sizes: ["1024x1024", "1792x1024", "1024x1792"], isGptImage: false, mostCount: 1, mostImages: 0, qualityOf: (quality) => (quality === "high" ? "hd" : "standard") };
const other: ImageModel = { sizes: "unknown", isGptImage: false, mostCount: 16, mostImages: 16 };

/** A model of a name that tells nothing is one of OpenAI's newer ones there and at Azure, and elsewhere one that takes the fields that all take. */
function imageModelOf(model: string, { isOwn }: Pick<Connection, "isOwn">): ImageModel {
  if (/dall-?e-?2/iu.test(model)) return dallE2;
  if (/dall-?e-?3/iu.test(model)) return dallE3;
  if (/gpt-image-1(?!\d)|chatgpt-image/iu.test(model)) return firstGptImage;
  return isOwn || /gpt-image/iu.test(model) ? gptImage : other;
}

/**
 * The request in the fields of the Images API. One image is asked for as a stream, where the model has streams: they end with a mark, and show previews.
 *
 * @throws StageError `unimplemented`, reason `option`, for what the model cannot do.
 */
export function imageBody(request: ImageRequest, model: string, server: Pick<Connection, "provider" | "isOwn">): WrittenRequest<ImageBody> {
  const { prompt, count, format, quality, background, previews = 0, images = [] } = request;
  const { sizes, isGptImage, mostCount, mostImages, qualityOf } = imageModelOf(model, server);
  if (request.negativePrompt) throw unimplemented(server, "images have no negativePrompt; say in the prompt what shall not be there");
  if ((count ?? 1) > mostCount) throw unimplemented(server, `${model} gives no count of images above ${mostCount}`);
  if (images.length > mostImages) throw unimplemented(server, mostImages === 0 ? `${model} cannot start from images` : `${model} starts from no more than ${mostImages} of the images`);
  if (request.mask && images.length === 0) throw unimplemented(server, "a mask needs images, in the first of which it says what may change");
  if (background === "transparent" && !isGptImage) throw unimplemented(server, `${model} has no background that is transparent`);
  const isStreamed = isGptImage && (count ?? 1) === 1;
  const size = imageSize(request, sizes);
  const body: ImageBody = defined({
    model,
    prompt,
    n: count,
    size: size.size,
    ...(isGptImage ? { quality, background, output_format: format } : { quality: quality && qualityOf?.(quality), response_format: "b64_json" as const }),
    ...(isStreamed && { stream: true as const, partial_images: request.previews }),
  });
  const warnings = [
    ...size.warnings,
    ...ignored(request, ["seed", ...(isGptImage || format === "png" ? [] : (["format"] as const)), ...(isGptImage || qualityOf ? [] : (["quality"] as const))], `the API of images of ${model}`),
    ...(previews > 0 && !isStreamed ? [isGptImage ? "previews are left out: they are given of one image only" : `the API of images of ${model} has no previews: it is ignored`] : []),
  ];
  return { body, warnings };
}
