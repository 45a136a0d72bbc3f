/** Text cut into words. */
import { sync, type SyncRun } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { language } from "./language.js";

/** The words of a text, or with `keep=all` all of it, blanks and marks too. */
export const words = element({
  kind: "transform",
  name: "words",
  description: "Cuts text into words (UAX #29, with dictionaries for languages without blanks); a word is given once a blank has followed it.",
  properties: z.strictObject({
    locale: language.default("en").describe("Language tag by which words are told."),
    keep: z.enum(["words", "all"]).default("words").describe("Gives words alone, or blanks and marks too, so that no character is lost."),
    maximum: z.int().min(2).max(1_000_000).default(10_000).describe("Longest stretch without a blank, in UTF-16 code units; a longer one is cut between its words."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create({ locale, keep, maximum }) {
    const segmenter = new Intl.Segmenter(locale, { granularity: "word" });
    return sync("words", () => new WordRun(segmenter, keep === "all", maximum));
  },
});

/** No word goes on over one of these, and nothing before them matters to what comes after them. */
const blank = /[ \t\r\n]/u;
/** Blanks and what follows them up to the next blank. */
const stretch = /[ \t\r\n]*[^ \t\r\n]+(?=[ \t\r\n])/uy;

class WordRun implements SyncRun<string, string> {
  readonly #segmenter: Intl.Segmenter;
  readonly #keepsAll: boolean;
  readonly #maximum: number;
  #open = "";

  constructor(segmenter: Intl.Segmenter, keepsAll: boolean, maximum: number) {
    this.#segmenter = segmenter;
    this.#keepsAll = keepsAll;
    this.#maximum = maximum;
  }

  take(text: string): readonly string[] {
    this.#open += text;
    if (!blank.test(text) && this.#open.length <= this.#maximum) return [];
    const given: string[] = [];
    let begin = 0;
    for (;;) {
      stretch.lastIndex = begin;
      const isWhole = stretch.test(this.#open) && stretch.lastIndex - begin <= this.#maximum;
      if (isWhole) begin = this.#add(given, begin, stretch.lastIndex);
      else if (this.#open.length - begin > this.#maximum) begin = this.#addCut(given, begin);
      else break;
    }
    this.#open = this.#open.slice(begin);
    return given;
  }

  end(): readonly string[] {
    const given: string[] = [];
    this.#add(given, 0, this.#open.length);
    return given;
  }

  #add(given: string[], begin: number, end: number): number {
    for (const { segment, isWordLike } of this.#segmenter.segment(this.#open.slice(begin, end))) if (this.#keepsAll || isWordLike) given.push(segment);
    return end;
  }

  /** Cuts a stretch that is too long before the last of its words. What is given depends on this window alone. */
  #addCut(given: string[], begin: number): number {
    const last = this.#segmenter.segment(this.#open.slice(begin, begin + this.#maximum)).containing(this.#maximum - 1)?.index ?? 0;
    return this.#add(given, begin, begin + (last > 0 ? last : this.#maximum));
  }
}
