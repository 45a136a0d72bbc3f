/** Tokenizations by the rules of Unicode: into sentences and into words. */
import { map, pipe } from "@iftk/core";
import { implement, type ImplementationOf } from "@iftk/core/task";
import { atLeastOne } from "./at-least-one.js";
import { segmenterOf, type Sentence, type SentenceOptions, sentences, sentencesOf } from "./sentences.js";
import { type Token, tokenization, type TokenizationStreamResult } from "./tokenization.js";

/**
 * The tokenization whose tokens are the sentences of a text, without the blanks around them.
 *
 * @throws StageError `invalid_argument` as `sentences` does.
 */
export function sentenceTokenization(options: SentenceOptions = {}): ImplementationOf<typeof tokenization> {
  return tokenizeSentences(trimmed, options);
}

/**
 * The tokenization whose tokens are the words, numbers and marks within each sentence of a text, without blanks.
 *
 * Its stream gives the words of a sentence together.
 *
 * @throws StageError `invalid_argument` as `sentences` does.
 */
export function wordTokenization(options: SentenceOptions = {}): ImplementationOf<typeof tokenization> {
  const segmenter = segmenterOf(options.locale ?? "en", "word");
  return tokenizeSentences(({ text, start }) => {
    const words: Token[] = [];
    for (const { segment, index } of segmenter.segment(text)) {
      if (segment.trim() !== "") words.push({ start: start + index, end: start + index + segment.length, text: segment });
    }
    return words;
  }, options);
}

/** A sentence without the blanks around it; none where there is nothing else. */
export function trimmed({ text, start }: Sentence): Token[] {
  const words = text.trim();
  const begin = start + text.length - text.trimStart().length;
  return words === "" ? [] : [{ start: begin, end: begin + words.length, text: words }];
}

function tokenizeSentences(tokensOf: (sentence: Sentence) => Token[], options: SentenceOptions): ImplementationOf<typeof tokenization> {
  const tokenize = (sentence: Sentence): TokenizationStreamResult => {
    const results = tokensOf(sentence);
    return { results, processedIndex: sentence.end, startIndex: sentence.start, tokenCount: results.length };
  };
  const bidi = pipe(sentences(options), map(tokenize), atLeastOne<TokenizationStreamResult>({ results: [], processedIndex: 0, startIndex: 0, tokenCount: 0 }));
  return implement(tokenization, {
    bidi,
    unary(text) {
      const results = sentencesOf(text, options).flatMap(tokensOf);
      return { results, tokenCount: results.length };
    },
  });
}
