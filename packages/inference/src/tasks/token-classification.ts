/** Finding spans of a text that belong to a class, such as names or insults. */
import { forEach, from, inputStream, outputStream, type Stream } from "@iftk/core";
import { defineTask } from "@iftk/core/task";
import { z } from "zod";
import { joinText, splitText, textInput } from "./text-input.js";
import { textOffset } from "./text-offset.js";

/** A span of a text and its class. */
export const tokenClassificationResult = z
  .object({
    start: textOffset,
    end: textOffset,
    /** The text from start to end. */
    word: z.string(),
    entity: z.string(),
    /** The class of which `entity` is a kind, where a model tells them apart. */
    entityGroup: z.string().optional(),
    score: z.number().min(0).max(1),
    tokenCount: z.int().nonnegative().optional(),
  })
  .meta({ id: "TokenClassificationResult" });
export type TokenClassificationResult = z.output<typeof tokenClassificationResult>;

/** All spans of a text. */
export const tokenClassificationResults = z.object({ results: z.array(tokenClassificationResult) }).meta({ id: "TokenClassificationResults" });
export type TokenClassificationResults = z.output<typeof tokenClassificationResults>;

/** The spans of a stretch of the text, from `startIndex` to `processedIndex`: there are no others up to there. */
export const tokenClassificationStreamResult = z
  .object({ results: z.array(tokenClassificationResult), processedIndex: textOffset, startIndex: textOffset })
  .meta({ id: "TokenClassificationStreamResult" });
export type TokenClassificationStreamResult = z.output<typeof tokenClassificationStreamResult>;

/**
 * Finds the spans of a text that belong to a class.
 *
 * Spans with a score below `threshold` are left out. As a stream the spans come stretch by stretch; a stretch
 * without any gives an empty result, and so does an empty text. Where whole results are split, each span makes
 * a stretch that reaches to its end.
 */
export const tokenClassification = defineTask({
  name: "token-classification",
  input: textInput,
  output: { name: "results", whole: tokenClassificationResults, part: tokenClassificationStreamResult },
  parameters: z.strictObject({ threshold: z.number().min(0).max(1).default(0.5) }),
  splitInput: splitText,
  joinInput: joinText(),
  splitOutput: outputStream(function spans({ results }: TokenClassificationResults): Stream<TokenClassificationStreamResult> {
    if (results.length === 0) return from([{ results: [], processedIndex: 0, startIndex: 0 }]);
    let processedIndex = 0;
    return from(
      results.map((result) => {
        const startIndex = processedIndex;
        processedIndex = Math.max(startIndex, result.end);
        return { results: [result], processedIndex, startIndex };
      }),
    );
  }),
  joinOutput: inputStream(async function allSpans(parts: Stream<TokenClassificationStreamResult>): Promise<TokenClassificationResults> {
    const results: TokenClassificationResult[] = [];
    await forEach(parts, (part) => {
      for (const one of part.results) results.push(one);
    });
    return { results };
  }),
});
