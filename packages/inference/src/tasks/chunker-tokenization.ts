/** Cutting text into chunks for further work, with what each part of the input is called. */
import { forEach, from, inputStream, outputStream, type Stream } from "@iftk/core";
import { defineTask } from "@iftk/core/task";
import { z } from "zod";
import { checkLength, splitText } from "./text-input.js";
import { joinTokens, splitTokens, tokenizationResults, type TokenizationResults, tokenizationStreamResult } from "./tokenization.js";

/** A part of the input: a piece of the text and its index, both of which may be left out. */
export const chunkerTokenizationPart = z
  .object({
    text: z.string().optional(),
    /** What the sender calls this part, such as the index of a generated token; without it, its place in the stream. */
    inputIndex: z.int().nonnegative().optional(),
  })
  .meta({ id: "ChunkerTokenizationPart" });
export type ChunkerTokenizationPart = z.output<typeof chunkerTokenizationPart>;

/** The chunks of a stretch of the text, and the parts that it came in. */
export const chunkerTokenizationStreamResult = z
  .object({
    ...tokenizationStreamResult.shape,
    /** The index of the part in which the stretch begins; absent where it is not known. */
    inputStartIndex: z.int().nonnegative().optional(),
    /** The index of the part in which the stretch ends. */
    inputEndIndex: z.int().nonnegative().optional(),
  })
  .meta({ id: "ChunkerTokenizationStreamResult" });
export type ChunkerTokenizationStreamResult = z.output<typeof chunkerTokenizationStreamResult>;

/** Cuts a text into chunks, and says of each in which parts of the input it came. */
export const chunkerTokenization = defineTask({
  name: "chunker-tokenization",
  input: { name: "text", whole: z.string(), part: chunkerTokenizationPart },
  output: { name: "results", whole: tokenizationResults, part: chunkerTokenizationStreamResult },
  splitInput: outputStream(async function* indexedParts(text: string): Stream<ChunkerTokenizationPart> {
    let inputIndex = 0;
    for await (const part of splitText(text)) yield { text: part, inputIndex: inputIndex++ };
  }),
  joinInput: inputStream(async function joinParts(parts: Stream<ChunkerTokenizationPart>): Promise<string> {
    let whole = "";
    await forEach(parts, ({ text = "" }) => {
      checkLength(whole.length + text.length);
      whole += text;
    });
    return whole;
  }),
  splitOutput: outputStream(function eachChunk(whole: TokenizationResults): Stream<ChunkerTokenizationStreamResult> {
    return from(splitTokens(whole));
  }),
  joinOutput: inputStream(async function allChunks(parts: Stream<ChunkerTokenizationStreamResult>): Promise<TokenizationResults> {
    return joinTokens(parts);
  }),
});
