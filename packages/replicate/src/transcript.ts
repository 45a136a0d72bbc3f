/** Transcripts in the forms that models give them. */
import type { AudioRequest, TextDelta, TranscriptSegment, TranscriptWord } from "@iftk/inference";
import { unexpected } from "./failure.js";
import { joined } from "./prediction-text.js";

interface Word {
  readonly word?: string;
  readonly text?: string;
  readonly start?: number;
  readonly end?: number;
}
interface Segment extends Word {
  readonly speaker?: string;
  readonly words?: readonly Word[];
  /** Start and end, in seconds; the last may have no end. */
  readonly timestamp?: readonly (number | null)[];
}
interface Transcript {
  readonly text?: string;
  readonly transcription?: string;
  readonly segments?: readonly Segment[];
  readonly chunks?: readonly Segment[];
}

/**
 * The parts of a transcript: its text, then words or segments where they were asked for.
 *
 * It reads a text, or the pieces of one, and objects with `text` or `transcription` and with `segments` or `chunks`, as the models of
 * the Whisper family give them. Throws StageError `unavailable`, reason `malformed`, for anything else.
 */
export function transcriptOf(output: unknown, timestamps: AudioRequest["timestamps"]): (TextDelta | TranscriptSegment | TranscriptWord)[] {
  if (typeof output === "string" || (Array.isArray(output) && output.every((piece) => typeof piece === "string"))) return [{ type: "text-delta", text: joined(output) }];
  const { text, transcription, segments, chunks } = (output ?? {}) as Transcript;
  const found = (Array.isArray(segments) ? segments : Array.isArray(chunks) ? chunks : undefined) as readonly Segment[] | undefined;
  const whole = text ?? transcription ?? found?.map((segment) => segment.text ?? "").join("");
  if (typeof whole !== "string") throw unexpected("a transcript");
  const timed = timestamps === undefined ? [] : (found ?? []).flatMap((segment) => (timestamps === "word" && segment.words ? segment.words : [segment]).flatMap((piece) => timedPart(piece, timestamps)));
  return [{ type: "text-delta", text: whole }, ...timed];
}

function timedPart(piece: Segment, type: "word" | "segment"): (TranscriptSegment | TranscriptWord)[] {
  const text = piece.text ?? piece.word;
  const start = piece.start ?? piece.timestamp?.[0];
  const end = piece.end ?? piece.timestamp?.[1] ?? start;
  if (typeof text !== "string" || typeof start !== "number" || typeof end !== "number") return [];
  return type === "word" ? [{ type, text, start, end }] : [{ type, text, start, end, ...(typeof piece.speaker === "string" && { speaker: piece.speaker }) }];
}
