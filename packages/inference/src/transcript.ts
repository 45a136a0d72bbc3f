/** Speech as text. */
import { z } from "zod";
import { media } from "./media.js";
import type { Finish, TextDelta, UsagePart, Warning } from "./part.js";

/** Audio to write down. */
export const audioRequest = z.strictObject({
  audio: media,
  /** ISO 639-1, such as `en`; the engine finds it out without. */
  language: z.string().regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u, "expected a language such as en").optional(),
  /** Words to expect, in a text. */
  prompt: z.string().optional(),
  timestamps: z.enum(["word", "segment"]).optional(),
  temperature: z.number().min(0).max(1).optional(),
});
export type AudioRequest = z.output<typeof audioRequest>;

/** A stretch of speech, in seconds from the start. */
export interface TranscriptSegment {
  readonly type: "segment";
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly speaker?: string;
}
/** One word, in seconds from the start. */
export interface TranscriptWord {
  readonly type: "word";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One piece of a transcript. The text deltas alone are all of its text. */
export type TranscriptPart = TextDelta | TranscriptSegment | TranscriptWord | Warning | UsagePart | Finish;
