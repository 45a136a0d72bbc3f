/** The ten laws that every stage keeps, and what is found when one is tried. */

/** The name of one of the ten laws. */
export type LawName = "lazy" | "return" | "signal" | "pulled" | "one-consumer" | "errors" | "cut" | "order" | "leaks" | "fair";

/** One of the ten laws. */
export interface Law {
  /** From 1 to 10. */
  readonly number: number;
  readonly name: LawName;
  readonly sentence: string;
}

/** The ten laws, in their order. */
export const laws: readonly Law[] = (
  [
    ["lazy", "Nothing is acquired before the first read."],
    ["return", "Leaving reaches the source, also while a read is pending, and is through before the consumer goes on."],
    ["signal", "After an abort the next settle is a rejection with its reason, whatever is awaited."],
    ["pulled", "Values are taken as they are asked for, plus at most a buffer that is named."],
    ["one-consumer", "A stream has one consumer; a second is refused."],
    ["errors", "Errors pass untouched: the same error, once, and then the end."],
    ["cut", "A stream that was cut off is an error."],
    ["order", "Values keep their order, whatever the tempo of source and consumer."],
    ["leaks", "Nothing stays behind: no listener, no open source, no read that never settles."],
    ["fair", "A source that never waits lets the event loop turn."],
  ] as const
).map(([name, sentence], index) => ({ number: index + 1, name, sentence }));

/** What came of trying one check of a law on a subject. */
export interface LawResult {
  readonly law: Law;
  /** What the check tries, as a sentence. */
  readonly check: string;
  readonly outcome: "kept" | "broken" | "not-applicable";
  /** For "broken", what was expected and what happened; for "not-applicable", why. */
  readonly how?: string;
}
