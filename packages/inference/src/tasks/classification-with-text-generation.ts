/** Generating a text and finding spans in it while it is being generated. */
import { forEach, from, inputStream, outputStream, pipe, StageError, type Stream, sync } from "@iftk/core";
import { defineTask, implement, type ImplementationOf } from "@iftk/core/task";
import { z } from "zod";
import { type GeneratedTextStreamResult, generationFinishReason, type TokenStreamDetails, type textGeneration, textGenerationParameters } from "./text-generation.js";
import { checkLength, joinText, splitText, textInput } from "./text-input.js";
import { textOffset } from "./text-offset.js";
import { type tokenClassification, tokenClassificationResult, type TokenClassificationResult } from "./token-classification.js";

const count = z.int().nonnegative();
const tokenClassificationResults = z.object({ output: z.array(tokenClassificationResult).meta({ field: 20 }) }).meta({ id: "TextGenTokenClassificationResults" });

/** A generated text and the spans that were found in it. */
export const classifiedGeneratedTextResult = z
  .object({
    generatedText: z.string(),
    tokenClassificationResults,
    finishReason: generationFinishReason,
    generatedTokenCount: count,
    seed: count.optional(),
    inputTokenCount: count,
  })
  .meta({ id: "ClassifiedGeneratedTextResult" });
export type ClassifiedGeneratedTextResult = z.output<typeof classifiedGeneratedTextResult>;

/** A stretch of a generated text, from `startIndex` to `processedIndex`, and its spans; the last one says how the generation ended. */
export const classifiedGeneratedTextStreamResult = z
  .object({ ...classifiedGeneratedTextResult.partial().shape, generatedText: z.string(), tokenClassificationResults, processedIndex: textOffset, startIndex: textOffset })
  .meta({ id: "ClassifiedGeneratedTextStreamResult" });
export type ClassifiedGeneratedTextStreamResult = z.output<typeof classifiedGeneratedTextStreamResult>;

/** Goes on with a text and finds spans in what was generated. Parts that end without `finishReason` are a text that is cut off: StageError `unavailable`, reason `truncated`. */
export const classificationWithTextGeneration = defineTask({
  name: "classification-with-text-generation",
  input: textInput,
  output: { name: "result", whole: classifiedGeneratedTextResult, part: classifiedGeneratedTextStreamResult },
  parameters: textGenerationParameters.safeExtend({ threshold: z.number().min(0).max(1).default(0.5) }),
  splitInput: splitText,
  joinInput: joinText(),
  splitOutput: outputStream(function allAtOnce(whole: ClassifiedGeneratedTextResult): Stream<ClassifiedGeneratedTextStreamResult> {
    return from([{ ...whole, startIndex: 0, processedIndex: whole.generatedText.length }]);
  }),
  joinOutput: inputStream(async function allStretches(parts: Stream<ClassifiedGeneratedTextStreamResult>): Promise<ClassifiedGeneratedTextResult> {
    const output: TokenClassificationResult[] = [];
    let generatedText = "";
    let last: ClassifiedGeneratedTextStreamResult | undefined;
    await forEach(parts, (part) => {
      checkLength(generatedText.length + part.generatedText.length);
      generatedText += part.generatedText;
      for (const span of part.tokenClassificationResults.output) output.push(span);
      last = part;
    });
    if (last?.finishReason === undefined) throw truncated();
    const { finishReason, generatedTokenCount = 0, inputTokenCount = 0, seed } = last;
    return { generatedText, tokenClassificationResults: { output }, finishReason, generatedTokenCount, inputTokenCount, ...(seed !== undefined && { seed }) };
  }),
});

/** The two in a row: a stretch of the text is given as soon as its spans are known, so as early as the classification gives them. */
export function classifyGeneratedText(generation: ImplementationOf<typeof textGeneration>, classification: ImplementationOf<typeof tokenClassification>): ImplementationOf<typeof classificationWithTextGeneration> {
  return implement(classificationWithTextGeneration, {
    async *outputStream(text, call) {
      const { threshold, ...parameters } = call.parameters;
      let details: TokenStreamDetails | undefined;
      let open = "";
      let startIndex = 0;
      /** Cuts the text that is still open. */
      const stretch = (length: number, output: TokenClassificationResult[]): ClassifiedGeneratedTextStreamResult => {
        const generatedText = open.slice(0, Math.max(0, length));
        open = open.slice(generatedText.length);
        const from = startIndex;
        startIndex += generatedText.length;
        return { generatedText, tokenClassificationResults: { output }, startIndex: from, processedIndex: startIndex };
      };
      const textOf = sync("generatedText", () => ({
        take(part: GeneratedTextStreamResult) {
          details = part.details ?? details;
          open += part.generatedText;
          return part.generatedText === "" ? [] : [part.generatedText];
        },
      }));
      const generate = pipe(generation.with(parameters).outputStream, textOf, classification.with({ threshold }).bidi);
      for await (const { results, processedIndex } of generate(text, call)) yield stretch(processedIndex - startIndex, results);
      if (!details) throw truncated();
      const { generatedTokens, ...others } = details;
      yield { ...stretch(open.length, []), ...others, generatedTokenCount: generatedTokens };
    },
  });
}

function truncated(): StageError {
  return new StageError("unavailable", "the generated text ended before it was said why: it is cut off", { reason: "truncated" });
}
