/** What is to be seen in images. */
import { flatMap, pipe, unary } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { defined, imageAnalysisRequest, type ImageAnalysisPart, type ImageAnalysisRequest, type Media } from "@iftk/inference";
import { z } from "zod";
import { gatherMedia, gatherProperties } from "./gather-media.js";
import { providerModel, stageOf, type ModelStagesOptions } from "./model-stages.js";

const { prompt, language } = imageAnalysisRequest.shape;

/** The element that tells what is in an image. */
export const analyzeImageElement = ({ models }: ModelStagesOptions) => element({
  kind: "transform",
  name: "analyze-image",
  description: "Tells what is to be seen in an image, when all its bytes have come: an object with description, objects, tags and more, as far as the model has them.",
  properties: z.strictObject({
    model: providerModel("openai/gpt-5.4-mini"),
    prompt: prompt.describe("What to look for, beside what is always told."),
    language: language.describe("Language to answer in, such as en."),
    ...gatherProperties,
  }),
  in: { name: "in", caps: caps.bytes },
  out: { name: "out", caps: caps.json },
  create({ model, prompt, language, ...gathering }) {
    const request = unary(function analyzeImage(image: Media): ImageAnalysisRequest {
      return { image, ...defined({ prompt, language }) };
    });
    const analyses = flatMap(function analysis(part: ImageAnalysisPart): readonly unknown[] {
      return part.type === "analysis" ? [part.analysis] : [];
    });
    return pipe(gatherMedia("analyze-image", gathering), request, stageOf("analyze-image", models, "imageAnalysis", model), analyses);
  },
});
