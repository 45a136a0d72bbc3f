/** Cutting a text into tokens: sentences, words, or what a model reads. */
import { forEach, from, inputStream, outputStream, type Stream } from "@iftk/core";
import { defineTask } from "@iftk/core/task";
import { z } from "zod";
import { joinText, splitText, textInput } from "./text-input.js";
import { textOffset } from "./text-offset.js";

/** A piece of a text and where it stands. */
export const token = z.object({ start: textOffset, end: textOffset, text: z.string() }).meta({ id: "Token" });
export type Token = z.output<typeof token>;

/** The tokens of a text, and their number: `results` is empty where a tokenizer counts tokens but cannot say where they stand. */
export const tokenizationResults = z.object({ results: z.array(token), tokenCount: z.int().nonnegative().meta({ field: 4 }) }).meta({ id: "TokenizationResults" });
export type TokenizationResults = z.output<typeof tokenizationResults>;

/** The tokens of a stretch of the text, from `startIndex` to `processedIndex`: there are no others up to there. */
export const tokenizationStreamResult = z
  .object({ results: z.array(token), processedIndex: textOffset, startIndex: textOffset, tokenCount: z.int().nonnegative() })
  .meta({ id: "TokenizationStreamResult" });
export type TokenizationStreamResult = z.output<typeof tokenizationStreamResult>;

/** One result for each token, whose stretch reaches to its end; one without tokens where there are none. */
export function* splitTokens({ results, tokenCount }: TokenizationResults): Generator<TokenizationStreamResult, void, undefined> {
  let processedIndex = 0;
  if (results.length === 0) yield { results: [], processedIndex, startIndex: 0, tokenCount };
  const isCounted = results.length === tokenCount;
  for (const [index, result] of results.entries()) {
    const startIndex = processedIndex;
    processedIndex = Math.max(startIndex, result.end);
    const isLast = index === results.length - 1;
    yield { results: [result], processedIndex, startIndex, tokenCount: isCounted ? 1 : isLast ? tokenCount : 0 };
  }
}

/** The tokens of all stretches. */
export async function joinTokens(parts: Stream<Pick<TokenizationStreamResult, "results" | "tokenCount">>): Promise<TokenizationResults> {
  const results: Token[] = [];
  let tokenCount = 0;
  await forEach(parts, (part) => {
    for (const one of part.results) results.push(one);
    tokenCount += part.tokenCount;
  });
  return { results, tokenCount };
}

/** Cuts a text into tokens. As a stream the tokens come stretch by stretch; an empty text gives one empty result. */
export const tokenization = defineTask({
  name: "tokenization",
  input: textInput,
  output: { name: "results", whole: tokenizationResults, part: tokenizationStreamResult },
  splitInput: splitText,
  joinInput: joinText(),
  splitOutput: outputStream(function eachToken(whole: TokenizationResults): Stream<TokenizationStreamResult> {
    return from(splitTokens(whole));
  }),
  joinOutput: inputStream(async function allTokens(parts: Stream<TokenizationStreamResult>): Promise<TokenizationResults> {
    return joinTokens(parts);
  }),
});
