/** Chunks that are sentences. */
import { sync } from "@iftk/core";
import { implement, type ImplementationOf } from "@iftk/core/task";
import { type ChunkerTokenizationPart, type ChunkerTokenizationStreamResult, chunkerTokenization } from "./chunker-tokenization.js";
import { type Sentence, type SentenceOptions, sentenceSplitter } from "./sentences.js";
import { trimmed } from "./sentence-tokenization.js";

/** A part whose text is not given yet. */
interface OpenPart {
  readonly inputIndex: number;
  /** Where it ends in the whole text. */
  readonly end: number;
}

/**
 * The chunker whose chunks are the sentences of a text, each given as soon as the next one has begun.
 *
 * A blank stretch gives a result without a chunk, and so does an empty text.
 *
 * @throws StageError `invalid_argument` as `sentences` does.
 */
export function sentenceChunker(options: SentenceOptions = {}): ImplementationOf<typeof chunkerTokenization> {
  const open = sentenceSplitter(options);
  return implement(chunkerTokenization, {
    bidi: sync("sentenceChunker", () => {
      const splitter = open();
      const parts = new OpenParts();
      let isEmpty = true;
      const chunk = (sentence: Sentence): ChunkerTokenizationStreamResult => {
        const results = trimmed(sentence);
        isEmpty = false;
        return { results, processedIndex: sentence.end, startIndex: sentence.start, tokenCount: results.length, ...parts.pass(sentence.end) };
      };
      return {
        take(part: ChunkerTokenizationPart) {
          parts.add(part);
          return splitter.take(part.text ?? "").map(chunk);
        },
        end() {
          const last = splitter.end().map(chunk);
          return isEmpty ? [{ results: [], processedIndex: 0, startIndex: 0, tokenCount: 0 }] : last;
        },
      };
    }),
  });
}

/** The parts whose text is not given yet, and one more: no more than there are characters in a sentence and a piece of text. */
class OpenParts {
  #parts: OpenPart[] = [];
  #count = 0;
  #end = 0;

  add({ text = "", inputIndex = this.#count }: ChunkerTokenizationPart): void {
    this.#count++;
    this.#end += text.length;
    if (text !== "") this.#parts.push({ inputIndex, end: this.#end });
  }

  /** The indices of the parts in which a sentence begins and ends; it begins where the last one ended. */
  pass(end: number): { readonly inputStartIndex: number; readonly inputEndIndex: number } {
    const last = this.#parts.findIndex((part) => part.end >= end);
    const [first, final] = [this.#parts[0], this.#parts[last]];
    if (!first || !final) throw new RangeError("a sentence ends beyond the text");
    this.#parts = this.#parts.slice(final.end === end ? last + 1 : last);
    return { inputStartIndex: first.inputIndex, inputEndIndex: final.inputIndex };
  }
}
