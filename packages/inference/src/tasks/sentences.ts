/** Text cut into sentences while it comes. */
import { type Bidi, StageError, sync, type SyncRun } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";

/** A sentence with the blanks after it: the sentences of a text are the text. */
export interface Sentence {
  /** Where it begins in the text, counted in UTF-16 code units as the indices of a string are. */
  readonly start: number;
  /** Where the next one begins. */
  readonly end: number;
  readonly text: string;
}

export interface SentenceOptions {
  /** Language tags by which `Intl.Segmenter` chooses its rules; `en` by default, so that every machine gives the same. */
  readonly locale?: string | readonly string[];
  /** Code units of the longest sentence, 10,000 by default; one that is longer is cut after a blank, or between characters. */
  readonly maxLength?: number;
}

/** Marks and line ends after which a sentence may end; the semicolons end sentences in Greek. */
const ending = /[\p{Sentence_Terminal}\u2024;\u037E\n\r\u0085\u2028\u2029]/u;
/** What decides whether a sentence ended before it: nothing that comes later changes that (UAX #29, rule SB8). */
const deciding = /[.!?\n\r\u0085\u2028\u2029]|(?!\p{Grapheme_Extend})\p{L}/u;
const throughLastDeciding = new RegExp(`^[^]*(?:${deciding.source})`, "u");
/** A letter, before which nothing matters to what comes after it. */
const beforeLastLetter = /^[^]*(?=(?!\p{Grapheme_Extend})\p{L})/u;
const none: readonly Sentence[] = [];

/**
 * The stage that cuts text into sentences by the rules of Unicode (UAX #29), as `Intl.Segmenter` has them.
 *
 * A sentence is given as soon as it is certain that the next one has begun. The sentences are the same
 * however the text was cut, within characters too; what is held is at most one sentence and a piece of text.
 *
 * @throws StageError `invalid_argument` for a locale that is no language tag and a length below 2.
 */
export function sentences(options: SentenceOptions = {}): Bidi<string, Sentence> {
  return sync("sentences", sentenceSplitter(options));
}

/** The same for a text that is whole. */
export function sentencesOf(text: string, options: SentenceOptions = {}): readonly Sentence[] {
  const run = sentenceSplitter(options)();
  return [...run.take(text), ...run.end()];
}

/** Gives what splits one text after another: a run for each. */
export function sentenceSplitter({ locale = "en", maxLength = 10_000 }: SentenceOptions = {}): () => Required<SyncRun<string, Sentence>> {
  requireNumber("sentences: maxLength", maxLength, 2, "whole");
  const segmenter = segmenterOf(locale, "sentence");
  return () => new SentenceRun(segmenter, maxLength);
}

/**
 * The segmenter for a language.
 *
 * @throws StageError `invalid_argument` for a locale that is no language tag.
 */
export function segmenterOf(locale: string | readonly string[], granularity: "sentence" | "word" | "grapheme"): Intl.Segmenter {
  try {
    return new Intl.Segmenter(locale, { granularity });
  } catch (error) {
    throw new StageError("invalid_argument", `locale: expected a language tag such as "en" or "pt-BR"; got ${JSON.stringify(locale)}`, { cause: error });
  }
}

class SentenceRun implements SyncRun<string, Sentence> {
  readonly #segmenter: Intl.Segmenter;
  readonly #maxLength: number;
  /** Text that is not given yet; it begins where a sentence does. */
  #open = "";
  #start = 0;
  /** A place in the open text before which no sentence ends. */
  #checked = 0;
  /** Whether a sentence may have ended in the open text, with nothing behind it that decides. */
  #isUndecided = false;

  constructor(segmenter: Intl.Segmenter, maxLength: number) {
    this.#segmenter = segmenter;
    this.#maxLength = maxLength;
  }

  take(text: string): readonly Sentence[] {
    this.#open += text;
    const from = this.#isUndecided ? 0 : text.search(ending) + 1;
    this.#isUndecided ||= from > 0;
    const isDue = this.#isUndecided && deciding.test(text.slice(from));
    return isDue || this.#open.length > this.#maxLength ? this.#give(false) : none;
  }

  end(): readonly Sentence[] {
    return this.#open === "" ? none : this.#give(true);
  }

  /** Gives the sentences of the open text that are certain: all of them when it is whole. */
  #give(isWhole: boolean): readonly Sentence[] {
    const given: Sentence[] = [];
    for (;;) {
      const isLong = this.#open.length > this.#maxLength;
      // What is given depends on this window alone, never on how much has come beyond it.
      const window = this.#open.slice(0, this.#maxLength);
      const unchecked = window.slice(this.#checked);
      const decided = isWhole && !isLong ? Infinity : this.#checked + lengthOf(throughLastDeciding, unchecked);
      let taken = 0;
      let first = 0;
      let end = this.#checked;
      for (const { segment } of this.#segmenter.segment(unchecked)) {
        end += segment.length;
        first ||= end;
        if (end >= decided) break;
        given.push(this.#sentence(window.slice(taken, end), taken));
        taken = end;
      }
      if (isLong && taken === 0) {
        taken = first < window.length ? first : cutOf(window);
        given.push(this.#sentence(window.slice(0, taken), 0));
      }
      this.#open = this.#open.slice(taken);
      this.#start += taken;
      this.#checked = taken > 0 ? 0 : this.#checked + lengthOf(beforeLastLetter, unchecked);
      if (isLong) continue;
      this.#isUndecided = ending.test(this.#open.slice(Math.max(0, decided - taken - 2)));
      return given;
    }
  }

  #sentence(text: string, offset: number): Sentence {
    const start = this.#start + offset;
    return { start, end: start + text.length, text };
  }
}

/** The length of what the pattern matches from the beginning. */
function lengthOf(pattern: RegExp, text: string): number {
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Where a window that holds no end of a sentence is cut. */
function cutOf(window: string): number {
  const afterBlank = window.search(/\s\S*$/) + 1;
  if (afterBlank > 0) return afterBlank;
  const lastCharacter = segmenterOf("en", "grapheme").segment(window).containing(window.length - 1)?.index ?? 0;
  return lastCharacter > 0 ? lastCharacter : window.length;
}
