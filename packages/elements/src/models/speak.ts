/** Text as speech. */
import { each, outputStream, pipe, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { defined, speechRequest, type MediaPart } from "@iftk/inference";
import { z } from "zod";
import { mediaBytes } from "./media-bytes.js";
import { providerModel, stageOf, type ModelStagesOptions } from "./model-stages.js";

const { voice, format, speed, instructions } = speechRequest.shape;

/** The element that gives the sound of texts. */
export const speakElement = ({ models }: ModelStagesOptions) => element({
  kind: "transform",
  name: "speak",
  description: "Speaks each text and gives the bytes of the sound as they come; of several texts one after another, which mp3, aac and pcm allow.",
  properties: z.strictObject({
    model: providerModel("openai/gpt-4o-mini-tts"),
    voice: voice.describe("Name of the voice, as the provider calls it."),
    format: format.describe("Format of the sound; without it the provider's own."),
    speed: speed.describe("1 is the voice's own speed."),
    instructions: instructions.describe("How to speak, in words."),
    ahead: z.int().min(0).max(16).default(0).describe("Texts that may be worked on ahead of the one that is being read."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.bytes },
  create({ model, ahead, ...properties }, setting) {
    const textToSpeech = stageOf("speak", models, "textToSpeech", model);
    const say = outputStream(function speak(text: string, call): Stream<MediaPart> {
      return textToSpeech({ text, ...defined(properties) }, call);
    });
    return each(pipe(say, mediaBytes(setting)), { ahead });
  },
});
