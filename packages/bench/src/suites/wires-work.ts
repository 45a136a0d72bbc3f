/** The work that every server of the wires suite does for a message, and the task that it is. */
import { inputStream, outputStream } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { defineModel, defineTask, implement } from "@iftk/core/task";
import { z } from "zod";
import { translated, unspaced } from "../workload/tokens.js";

/** What comes in of a text: a token of it, or all of it. */
export const text = z.string();
export const parameters = z.object({ mark: z.string().max(3).default(".") });
const word = z.object({ word: z.string(), length: z.int32() }).meta({ id: "Word" });
const words = z.object({ words: z.string(), count: z.int32() }).meta({ id: "Words" });

export type Word = z.infer<typeof word>;
export type Words = z.infer<typeof words>;

/** The work for a token. */
export function wordOf(token: string, mark: string): Word {
  return { word: translated(unspaced(token)) + mark, length: token.length };
}

/** The tokens of a text. */
export function tokensOf(whole: string): readonly string[] {
  return whole.split(" ");
}

/** The work for a text. */
export function wordsOf(whole: string, mark: string): Words {
  return { words: translated(whole) + mark, count: whole.length };
}

/** Gives a word for each word. */
export const rewording = defineTask({
  name: "rewording",
  input: { name: "text", whole: text, part: text },
  output: { name: "words", whole: words, part: word },
  parameters,
  splitInput: outputStream(async function* split(whole: string) {
    yield* tokensOf(whole);
  }),
  joinInput: inputStream(async function join(tokens: Stream<string>) {
    let whole = "";
    for await (const token of tokens) whole += token;
    return whole;
  }),
  splitOutput: outputStream(async function* split(whole: Words) {
    yield { word: whole.words, length: whole.count };
  }),
  joinOutput: inputStream(async function join(parts: Stream<Word>) {
    let [joined, count] = ["", 0];
    for await (const part of parts) {
      joined += part.word;
      count += part.length;
    }
    return { words: joined, count };
  }),
});

/** Has every flavour, so that each wire is measured without a conversion. */
export const reworder = defineModel({
  id: "reworder",
  tasks: [
    implement(rewording, {
      unary: async (whole, call) => wordsOf(whole, call.parameters.mark),
      outputStream: (whole, call) => reworded(whole, call.parameters.mark),
      inputStream: (tokens, call) => counted(tokens, call.parameters.mark),
      bidi: (tokens, call) => rewordedEach(tokens, call.parameters.mark),
    }),
  ],
});

/** The same work as plain generators and functions. */
export async function* reworded(whole: string, mark: string): AsyncGenerator<Word> {
  for (const token of tokensOf(whole)) yield wordOf(token, mark);
}

export async function* rewordedEach(tokens: AsyncIterable<string>, mark: string): AsyncGenerator<Word> {
  for await (const token of tokens) yield wordOf(token, mark);
}

export async function counted(tokens: AsyncIterable<string>, mark: string): Promise<Words> {
  let last = "";
  let count = 0;
  for await (const token of tokens) {
    last = token;
    count += token.length;
  }
  return { words: translated(last) + mark, count };
}
