/** Images of texts, and of other images. */
import { fromBatches, outputStream, type Call, type OutputStream } from "@iftk/core";
import { readRequest, imageRequest, type ImageOptions, type ImageRequest, type MediaPart } from "@iftk/inference";
import { putSize } from "./aspect-ratio.js";
import { unknownApi, type Client } from "./client.js";
import { inputUrl } from "./files.js";
import { imageNames } from "./input-names.js";
import { ModelInput } from "./model-input.js";
import type { ModelSchemas } from "./model-schema.js";
import { predict } from "./prediction.js";
import { mediaOf } from "./prediction-media.js";

/** The stage for a model. What a request leaves out is what the model itself documents as its default. */
export function textToImage(client: Client, schemas: ModelSchemas, options: ImageOptions): OutputStream<ImageRequest, MediaPart> {
  if (options.api !== undefined && options.api !== "predictions") throw unknownApi("textToImage", options.api, "predictions");
  return outputStream(function replicateTextToImage(input: ImageRequest, call) {
    return fromBatches(make(client, schemas, options, readRequest(imageRequest, options, input), call));
  });
}

async function* make(client: Client, schemas: ModelSchemas, { model, raw }: ImageOptions, request: ImageRequest, call: Call): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const { signal } = call;
  const { images = [], mask, count, seed, format } = request;
  const input = new ModelInput(await schemas.of(model, signal));
  input.put("prompt", ["prompt", "text"], request.prompt, "refuse");
  input.put("negativePrompt", ["negative_prompt"], request.negativePrompt, "refuse");
  input.put("count", ["num_outputs", "number_of_images", "num_images", "n"], count === 1 ? undefined : count, "refuse");
  input.put("background", ["background"], request.background, request.background === "transparent" ? "refuse" : "warn");
  input.put("seed", ["seed"], seed);
  input.put("quality", ["quality"], request.quality);
  const formatField = input.find(["output_format", "format"]);
  input.put("format", ["output_format", "format"], format === "jpeg" && formatField?.field.values?.includes("jpg") !== false && !formatField?.field.values?.includes("jpeg") ? "jpg" : format);
  putSize(input, request);
  if (request.previews) input.miss("previews", "predictions give none", "warn");
  if (images.length > 0) input.put("images", imageNames, await Promise.all(images.map((image) => inputUrl(client, image, signal))), "refuse");
  if (mask) input.put("mask", ["mask", "mask_image"], await inputUrl(client, mask, signal), "refuse");
  if (input.warnings.length > 0) yield input.warnings;
  yield* predict(client, { model, input: input.with(raw), wait: client.options.wait }, call, (running) => mediaOf(client, running, call, "images", seed === undefined ? {} : { seed }));
}
