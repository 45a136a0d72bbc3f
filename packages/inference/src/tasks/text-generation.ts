/** Going on with a text. */
import { forEach, inputStream, outputStream, StageError, type Stream } from "@iftk/core";
import { defineTask } from "@iftk/core/task";
import { z } from "zod";
import { checkLength, joinText, splitText, textInput } from "./text-input.js";

const count = z.int().nonnegative();

/** Why a generation ended. */
export const generationFinishReason = z
  .enum(["NOT_FINISHED", "MAX_TOKENS", "EOS_TOKEN", "CANCELLED", "TIME_LIMIT", "STOP_SEQUENCE", "TOKEN_LIMIT", "ERROR"])
  .meta({ id: "FinishReason" });
export type GenerationFinishReason = z.output<typeof generationFinishReason>;

/** A token, the logarithm of its probability, and its place among the candidates, from 1 on. */
export const generatedToken = z.object({ text: z.string(), logprob: z.number().optional().meta({ field: 3 }), rank: count.optional().meta({ field: 4 }) }).meta({ id: "GeneratedToken" });
export type GeneratedToken = z.output<typeof generatedToken>;

/** A text that was generated, how it ended and what it took; `seed` is what the tokens were drawn with, where it is known. The numbers of fields are caikit's. */
export const generatedTextResult = z
  .object({
    generatedText: z.string(),
    generatedTokens: count,
    finishReason: generationFinishReason,
    inputTokenCount: count.meta({ field: 5 }),
    seed: count.optional().meta({ field: 6 }),
    tokens: z.array(generatedToken).optional().meta({ field: 7 }),
  })
  .meta({ id: "GeneratedTextResult" });
export type GeneratedTextResult = z.output<typeof generatedTextResult>;

/** How a generation ended and what it took. */
export const tokenStreamDetails = z.object({ finishReason: generationFinishReason, generatedTokens: count, seed: count.optional(), inputTokenCount: count }).meta({ id: "TokenStreamDetails" });
export type TokenStreamDetails = z.output<typeof tokenStreamDetails>;

/** A piece of a text that is being generated; the last one has `details`, and none is complete without it. */
export const generatedTextStreamResult = z
  .object({ generatedText: z.string(), tokens: z.array(generatedToken).optional(), details: tokenStreamDetails.optional() })
  .meta({ id: "GeneratedTextStreamResult" });
export type GeneratedTextStreamResult = z.output<typeof generatedTextStreamResult>;

/** How to generate, with the names, ranges and defaults of caikit-nlp. */
export const textGenerationParameters = z
  .strictObject({
    maxNewTokens: z.int().positive().default(20),
    minNewTokens: count.default(0),
    /** Keeps so many tokens of the input, its last ones; 0 keeps all. */
    truncateInputTokens: count.default(0),
    decodingMethod: z.enum(["GREEDY", "SAMPLING"]).meta({ id: "DecodingMethod" }).default("GREEDY"),
    /** Samples among so many of the likeliest tokens; 0 is all. */
    topK: count.optional(),
    /** Samples among the likeliest tokens whose probabilities add up to this. */
    topP: z.number().gt(0).max(1).optional(),
    typicalP: z.number().gt(0).max(1).optional(),
    temperature: z.number().min(0.05).max(100).optional(),
    seed: count.optional(),
    /** 1 is none. */
    repetitionPenalty: z.number().gt(0).optional(),
    /** Seconds. */
    maxTime: z.number().positive().optional(),
    /** Makes an end likelier from a token on, more so with each one. */
    exponentialDecayLengthPenalty: z.object({ startIndex: count, decayFactor: z.number().min(1).max(10) }).meta({ id: "ExponentialDecayLengthPenalty" }).optional(),
    /** Texts at which generation ends. */
    stopSequences: z.array(z.string().min(1)).max(16).optional(),
  })
  .refine(({ minNewTokens, maxNewTokens }) => minNewTokens <= maxNewTokens, { path: ["minNewTokens"], message: "expected at most maxNewTokens" })
  .refine(
    ({ decodingMethod, temperature = 1, topK = 0, topP = 1, typicalP = 1, seed }) => decodingMethod === "SAMPLING" || (temperature === 1 && topK === 0 && topP === 1 && typicalP === 1 && seed === undefined),
    { path: ["decodingMethod"], message: "GREEDY takes no temperature, topK, topP, typicalP or seed; set SAMPLING, or leave them out" },
  );
export type TextGenerationParameters = z.output<typeof textGenerationParameters>;

/**
 * Goes on with a text. Joining the parts of an output fails with StageError `unavailable`, reason `truncated`,
 * when they end without `details`.
 */
export const textGeneration = defineTask({
  name: "text-generation",
  input: textInput,
  output: { name: "result", whole: generatedTextResult, part: generatedTextStreamResult },
  parameters: textGenerationParameters,
  splitInput: splitText,
  joinInput: joinText(),
  splitOutput: outputStream(async function* eachPiece({ generatedText, tokens, ...details }: GeneratedTextResult): Stream<GeneratedTextStreamResult> {
    for await (const piece of splitText(generatedText)) yield { generatedText: piece };
    yield { generatedText: "", ...(tokens && { tokens }), details };
  }),
  joinOutput: inputStream(async function allPieces(parts: Stream<GeneratedTextStreamResult>): Promise<GeneratedTextResult> {
    let generatedText = "";
    let tokens: GeneratedToken[] | undefined;
    let details: TokenStreamDetails | undefined;
    await forEach(parts, (part) => {
      checkLength(generatedText.length + part.generatedText.length);
      generatedText += part.generatedText;
      for (const token of part.tokens ?? []) (tokens ??= []).push(token);
      if (part.tokens) tokens ??= [];
      details = part.details ?? details;
    });
    if (!details) throw new StageError("unavailable", "the generated text ended without details: it is cut off", { reason: "truncated" });
    return { generatedText, ...details, ...(tokens && { tokens }) };
  }),
});
