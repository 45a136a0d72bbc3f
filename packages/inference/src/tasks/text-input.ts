/** Text as the input of a task: whole, or in parts that joined are the text. */
import { forEach, from, inputStream, type InputStream, outputStream, type OutputStream, StageError, type Stream } from "@iftk/core";
import { z } from "zod";
import { segmenterOf } from "./sentences.js";

export interface JoinTextOptions {
  /** Code units that a text may have; 16 Mi by default. */
  readonly maxLength?: number;
}

const longestText = 16 * 1024 * 1024;

/** The input side of the tasks that take a text. */
export const textInput = { name: "text", whole: z.string(), part: z.string() } as const;

/** Gives a text sentence by sentence; joined, the parts are the text. */
export const splitText: OutputStream<string, string> = outputStream(function splitText(text: string): Stream<string> {
  return from(segmentsOf(text));
});

function* segmentsOf(text: string): Generator<string, void, undefined> {
  for (const { segment } of segmenterOf("en", "sentence").segment(text)) yield segment;
}

/**
 * The stage that puts a text together from its parts.
 *
 * Its stage throws StageError `resource_exhausted`, reason `too-large`, for a text that is too long.
 */
export function joinText({ maxLength = longestText }: JoinTextOptions = {}): InputStream<string, string> {
  return inputStream(async function joinText(parts: Stream<string>): Promise<string> {
    let text = "";
    await forEach(parts, (part) => {
      checkLength(text.length + part.length, maxLength);
      text += part;
    });
    return text;
  });
}

/** The same for a list of texts: each text is a part, and their lengths count together. */
export function joinTexts({ maxLength = longestText }: JoinTextOptions = {}): InputStream<string, string[]> {
  return inputStream(async function joinTexts(parts: Stream<string>): Promise<string[]> {
    const texts: string[] = [];
    let length = 0;
    await forEach(parts, (part) => {
      length += part.length + 1; // an empty text takes room, too
      checkLength(length, maxLength);
      texts.push(part);
    });
    return texts;
  });
}

/** @throws StageError `resource_exhausted`, reason `too-large`, when a text grows beyond the length. */
export function checkLength(length: number, maxLength = longestText): void {
  if (length > maxLength) throw new StageError("resource_exhausted", `text: it has more than ${maxLength} characters; send less, or use a flavour that takes a stream`, { reason: "too-large" });
}
