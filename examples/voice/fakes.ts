/** Stand-ins for models, with the shape of the real ones: they can be told apart only by how little they know. */
import { outputStream, unary, type OutputStream } from "@iftk/core";
import { heard, voice, type Frame } from "./audio.js";

/** Speech recognition: an utterance in, its text out. */
export const recognize = unary(function recognize(frames: readonly Frame[]) {
  return heard(frames);
});

/** A language model that knows some answers by heart and gives them in pieces of a few characters. */
export const think = (answers: Readonly<Record<string, string>>): OutputStream<string, string> =>
  outputStream(async function* think(question: string) {
    const answer = Object.hasOwn(answers, question) ? answers[question] : `I do not know about ${question}.`;
    yield* answer?.match(/.{1,5}/gsu) ?? [];
  });

/** Speech synthesis: a sentence in, its sound out. */
export const speak = outputStream(async function* speak(sentence: string) {
  yield* voice(sentence);
});
