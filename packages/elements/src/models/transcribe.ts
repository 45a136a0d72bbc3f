/** Speech as text. */
import { pipe, unary } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { audioRequest, defined, text as textOfParts, type AudioRequest, type Media } from "@iftk/inference";
import { z } from "zod";
import { gatherMedia, gatherProperties } from "./gather-media.js";
import { providerModel, stageOf, type ModelStagesOptions } from "./model-stages.js";

const { language, prompt } = audioRequest.shape;

/** The element that writes down what is said in a recording. */
export const transcribeElement = ({ models }: ModelStagesOptions) => element({
  kind: "transform",
  name: "transcribe",
  description: "Gives the text of a recording as it is written down, when all its bytes have come: read-bytes path=talk.mp3 ! transcribe model=...",
  properties: z.strictObject({
    model: providerModel("openai/gpt-4o-transcribe"),
    language: language.describe("Language that is spoken, such as en; the model finds it out without."),
    prompt: prompt.describe("Words to expect, in a text."),
    ...gatherProperties,
  }),
  in: { name: "in", caps: caps.bytes },
  out: { name: "out", caps: caps.text },
  create({ model, language, prompt, ...gathering }) {
    const request = unary(function transcribe(audio: Media): AudioRequest {
      return { audio, ...defined({ language, prompt }) };
    });
    return pipe(gatherMedia("transcribe", gathering), request, stageOf("transcribe", models, "audioToText", model), textOfParts);
  },
});
