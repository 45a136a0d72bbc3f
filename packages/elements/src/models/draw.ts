/** Text as an image. */
import { outputStream, pipe, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { defined, imageRequest, type MediaPart } from "@iftk/inference";
import { z } from "zod";
import { joinText } from "../text/join.js";
import { mediaBytes } from "./media-bytes.js";
import { providerModel, stageOf, type ModelStagesOptions } from "./model-stages.js";

const { negativePrompt, width, height, seed, format, quality, background } = imageRequest.shape;

/** The element that makes an image of a text. */
export const drawElement = ({ models }: ModelStagesOptions) => element({
  kind: "transform",
  name: "draw",
  description: "Makes one image of all the text that comes and gives its bytes: draw model=... ! file path=fox.png.",
  properties: z.strictObject({
    model: providerModel("openai/gpt-image-1"),
    negativePrompt: negativePrompt.describe("What shall not be in it."),
    width: width.describe("Width in pixels."),
    height: height.describe("Height in pixels."),
    seed: seed.describe("The same seed and text give the same image, as far as the provider can."),
    format: format.describe("Format of the image; without it the provider's own."),
    quality: quality.describe("How much work goes into it, and what it costs."),
    background: background.describe("What stands behind it."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.bytes },
  create({ model, ...properties }, setting) {
    const textToImage = stageOf("draw", models, "textToImage", model);
    const make = outputStream(function draw(prompt: string, call): Stream<MediaPart> {
      return textToImage({ prompt, ...defined(properties) }, call);
    });
    return pipe(joinText("draw", "", 100_000), make, mediaBytes(setting));
  },
});
