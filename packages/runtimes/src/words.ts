/** Stages in all four modes, which the subjects are made of. */
import { bidi, collect, inputStream, outputStream, unary, type Stream } from "@iftk/core";
import { feed } from "@iftk/testing/neutral";

const never = (): Promise<never> => new Promise(() => {});

/** The word in capitals. */
export const shout = unary(async function shout(word: string) {
  return Promise.resolve(word.toUpperCase());
});

/** The letters of a word, one by one. */
export const letters = outputStream(async function* letters(word: string) {
  yield* feed(...word.split(""));
});

/** All that is given, as one word. */
export const join = inputStream(async function join(parts: Stream<string>) {
  return (await collect(parts)).join("");
});

/** The words of each part. */
export const words = bidi(async function* words(parts: Stream<string>) {
  for await (const part of parts) yield* part.split(" ");
});

/** Never answers, and hears no signal. */
export const deaf = unary<string, string>(never);

/** Never gives anything, and hears no signal. */
export const deafLetters = outputStream<string, string>(async function* deafLetters() {
  yield await never();
});
