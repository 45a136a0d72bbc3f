/** What a vision model says of an image. */
import { outputStream, type Call, type OutputStream, type Stream } from "@iftk/core";
import { readRequest, imageAnalysisRequest, type ImageAnalysisOptions, type ImageAnalysisPart, type ImageAnalysisRequest } from "@iftk/inference";
import { unknownApi, type Client } from "./client.js";
import { unexpected } from "./failure.js";
import { inputUrl } from "./files.js";
import { imageNames } from "./input-names.js";
import { ModelInput } from "./model-input.js";
import type { ModelSchemas } from "./model-schema.js";
import { predict } from "./prediction.js";
import { textOf } from "./prediction-text.js";

/** The stage for a model that answers with text, which becomes the description. */
export function imageAnalysis(client: Client, schemas: ModelSchemas, options: ImageAnalysisOptions): OutputStream<ImageAnalysisRequest, ImageAnalysisPart> {
  if (options.api !== undefined && options.api !== "predictions") throw unknownApi("imageAnalysis", options.api, "predictions");
  return outputStream(function replicateImageAnalysis(input: ImageAnalysisRequest, call) {
    return analyse(client, schemas, options, readRequest(imageAnalysisRequest, options, input), call);
  });
}

async function* analyse(client: Client, schemas: ModelSchemas, { model, raw }: ImageAnalysisOptions, { image, prompt, language }: ImageAnalysisRequest, call: Call): Stream<ImageAnalysisPart> {
  const input = new ModelInput(await schemas.of(model, call.signal));
  input.put("image", imageNames, await inputUrl(client, image, call.signal), "refuse");
  const asked = [prompt ?? "Describe what is to be seen in this image.", ...(language === undefined ? [] : [`Answer in the language ${language}.`])].join(" ");
  // A captioning model takes the image alone, which is enough unless something else was asked.
  if (prompt !== undefined || language !== undefined || input.find(promptNames)) input.put("prompt", promptNames, asked, prompt === undefined ? "warn" : "refuse");
  yield* input.warnings;
  let description = "";
  for await (const pieces of predict(client, { model, input: input.with(raw) }, call, (running) => textOf(client, running, call))) {
    for (const piece of pieces) {
      if (typeof piece === "string") {
        description += piece;
        if (description.length > longestDescription) throw unexpected("a description, but longer");
        continue;
      }
      if (description.trim() === "") throw unexpected("a description");
      yield { type: "analysis", analysis: { description: description.trim() } };
      yield piece;
    }
  }
}

const promptNames = ["prompt", "question", "text", "text_prompt"];

/** In characters. */
const longestDescription = 2 ** 22;
