/** Writes down what is said, as it is understood. A text is first spoken by another model. */
import { pipe, StageError, unary } from "@iftk/core";
import { mediaReply, text, type AudioRequest, type MediaReply } from "@iftk/inference";
import { mediaFromFile } from "@iftk/inference/media";
import { runExample, type Example } from "./run-example.js";

const toAudio = unary(function toAudio({ media: [sound] }: MediaReply): AudioRequest {
  if (!sound) throw new StageError("unavailable", "the voice said nothing");
  return { audio: { data: sound.bytes, mediaType: sound.mediaType } };
});

export const transcript: Example = {
  about: "Writes down what is said in a file, or what another model says of a text.",
  models: ["openai/gpt-transcribe"],
  input: { name: "sound", value: "The fox came home before the snow did." },

  async run({ router, model, input, signal, write }) {
    const hear = pipe(router.audioToText(model), text);
    const speakAndHear = pipe(router.textToSpeech("openai/gpt-4o-mini-tts"), mediaReply, toAudio, hear);
    const isFile = /\.(?:flac|m4a|mp3|mp4|ogg|wav|webm)$/iu.test(input);
    const pieces = isFile ? hear({ audio: await mediaFromFile(input) }, { signal }) : speakAndHear({ text: input, format: "wav" }, { signal });
    for await (const piece of pieces) write(piece);
    write("\n");
  },
};

await runExample(import.meta.url, transcript);
