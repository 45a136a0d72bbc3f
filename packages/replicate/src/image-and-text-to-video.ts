/** Videos of a first image. */
import { fromBatches, outputStream, type Call, type OutputStream } from "@iftk/core";
import { readRequest, videoRequest, type MediaPart, type VideoOptions, type VideoRequest } from "@iftk/inference";
import { putRatio, ratioNames, valueOf } from "./aspect-ratio.js";
import { unknownApi, type Client } from "./client.js";
import { inputUrl } from "./files.js";
import { firstFrameNames } from "./input-names.js";
import { ModelInput } from "./model-input.js";
import type { ModelSchemas } from "./model-schema.js";
import { predict } from "./prediction.js";
import { mediaOf } from "./prediction-media.js";

/** The stage for a model. */
export function imageAndTextToVideo(client: Client, schemas: ModelSchemas, options: VideoOptions): OutputStream<VideoRequest, MediaPart> {
  if (options.api !== undefined && options.api !== "predictions") throw unknownApi("imageAndTextToVideo", options.api, "predictions");
  return outputStream(function replicateImageAndTextToVideo(input: VideoRequest, call) {
    return fromBatches(make(client, schemas, options, readRequest(videoRequest, options, input), call));
  });
}

async function* make(client: Client, schemas: ModelSchemas, { model, raw }: VideoOptions, { image, prompt, duration, ratio, seed }: VideoRequest, call: Call): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const input = new ModelInput(await schemas.of(model, call.signal));
  input.put("image", firstFrameNames, await inputUrl(client, image, call.signal), "refuse");
  input.put("prompt", ["prompt", "text"], prompt, "refuse");
  input.put("duration", ["duration", "seconds", "num_seconds"], duration, "refuse");
  input.put("seed", ["seed"], seed);
  const wanted = ratio === undefined ? undefined : valueOf(ratio);
  if (wanted !== undefined && input.find(ratioNames)?.field.values) putRatio(input, "ratio", wanted, (nearest) => `the nearest that this model takes is ${nearest}`);
  else input.put("ratio", ratioNames, ratio);
  if (input.warnings.length > 0) yield input.warnings;
  yield* predict(client, { model, input: input.with(raw), wait: client.options.wait }, call, (running) => mediaOf(client, running, call, "seconds", seed === undefined ? {} : { seed }));
}
