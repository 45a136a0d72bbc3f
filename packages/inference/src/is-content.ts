/** Telling content from what only accompanies it. */
import type { MediaPart } from "./media-part.js";
import type { Part } from "./part.js";
import type { TranscriptPart } from "./transcript.js";
import type { ImageAnalysisPart } from "./image-analysis.js";

const types: ReadonlySet<string> = new Set<(Part | MediaPart | TranscriptPart | ImageAnalysisPart)["type"]>([
  "reasoning", "tool-call-start", "tool-call-delta", "tool-call", "tool-call-invalid", "source", "choice-finish", "finish",
  "media-start", "media-end", "segment", "word", "analysis",
]);

/**
 * Whether a part of any kind of reply is content, which ends the wait for a first or a next one; values that are no parts are.
 *
 * Empty deltas, warnings, interim usage and progress are none: a provider may send them for ever.
 */
export function isContent(part: unknown): boolean {
  if (typeof part !== "object" || part === null || !("type" in part) || typeof part.type !== "string") return true;
  if (types.has(part.type)) return true;
  const { type, text, bytes } = part as { readonly type: string; readonly text?: unknown; readonly bytes?: unknown };
  if (type === "text-delta" || type === "reasoning-delta" || type === "refusal-delta") return text !== "";
  if (type === "media-delta") return !(bytes instanceof Uint8Array && bytes.length === 0);
  return type !== "warning" && type !== "usage" && type !== "progress" && type !== "rollback";
}
