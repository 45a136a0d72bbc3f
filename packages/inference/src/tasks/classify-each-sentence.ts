/** Spans out of what classifies one sentence. */
import { type Call, each, pipe, StageError, unary } from "@iftk/core";
import { implement, type ImplementationOf } from "@iftk/core/task";
import { atLeastOne } from "./at-least-one.js";
import { type Sentence, type SentenceOptions, sentences } from "./sentences.js";
import type { textClassification } from "./text-classification.js";
import { type TokenClassificationResult, tokenClassification, type TokenClassificationStreamResult } from "./token-classification.js";
import { trimmed } from "./sentence-tokenization.js";

/** What was found in a sentence. */
export interface SentenceSpan extends Pick<TokenClassificationResult, "entity" | "score" | "entityGroup" | "tokenCount"> {
  /** Code units from the beginning of the sentence; without it the span begins there. */
  readonly start?: number | undefined;
  /** Without it the span reaches to the end of the sentence. */
  readonly end?: number | undefined;
}

/** Finds spans in a sentence, which has no blanks around it; a unary stage is one. */
export type SentenceClassifier = (sentence: string, call: Call) => Promise<readonly SentenceSpan[]> | readonly SentenceSpan[];

export interface ClassifyEachSentenceOptions extends SentenceOptions {
  /** Sentences that may be classified ahead of the one whose spans are being read; 0 by default. The order is kept. */
  readonly ahead?: number;
}

/**
 * The token classification that classifies each sentence as soon as the next one has begun, after caikit-nlp's filtered span classification.
 *
 * It gives a result for each sentence, an empty one where no span reaches the threshold; the results tile the
 * text from `startIndex` to `processedIndex`. An implementation of `textClassification` makes the whole sentence a span of each of its classes.
 *
 * @throws StageError `invalid_argument` for options that do not fit; its stage throws `internal` for a span that is not within its sentence.
 */
export function classifyEachSentence(classify: SentenceClassifier | ImplementationOf<typeof textClassification>, { ahead = 0, ...options }: ClassifyEachSentenceOptions = {}): ImplementationOf<typeof tokenClassification> {
  const classifier = typeof classify === "function" ? classify : classesOf(classify);
  const classifySentence = unary(async function classifySentence(sentence: Sentence, call: Call): Promise<TokenClassificationStreamResult> {
    const { threshold } = tokenClassification.parametersOf(call);
    const results: TokenClassificationResult[] = [];
    for (const { text, start } of trimmed(sentence)) {
      for (const span of await classifier(text, call)) {
        if (span.score >= threshold) results.push(placed(span, text, start));
      }
    }
    return { results, processedIndex: sentence.end, startIndex: sentence.start };
  });
  return implement(tokenClassification, { bidi: pipe(sentences(options), each(classifySentence, { ahead }), atLeastOne<TokenClassificationStreamResult>({ results: [], processedIndex: 0, startIndex: 0 })) });
}

function classesOf(classify: ImplementationOf<typeof textClassification>): SentenceClassifier {
  return async (sentence, call) => (await classify.unary(sentence, call)).results.map(({ label, score }) => ({ entity: label, score }));
}

/** The span in the whole text. */
function placed({ start = 0, end, ...found }: SentenceSpan, sentence: string, offset: number): TokenClassificationResult {
  const stop = end ?? sentence.length;
  if (!Number.isInteger(start) || !Number.isInteger(stop) || start < 0 || start > stop || stop > sentence.length) {
    throw new StageError("internal", `the classifier found ${JSON.stringify(found.entity)} from ${start} to ${stop} in a sentence of ${sentence.length} characters`);
  }
  return { ...found, start: offset + start, end: offset + stop, word: sentence.slice(start, stop) };
}
