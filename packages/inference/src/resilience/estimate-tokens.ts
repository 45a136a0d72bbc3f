/** How many tokens there may be where a provider does not say. */

/** Characters to a token, as English text has them in the tokenizers of today. */
const charactersPerToken = 4;

/** Tokens that so many characters may be. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}

/** Fields of requests that are no text for the model to read. */
const noText: ReadonlySet<string> = new Set(["type", "role", "phase", "id", "toolCallId", "data", "url", "mediaType", "signature", "encrypted"]);

/** Characters of all texts in a request; media count nothing. */
export function charactersOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || depth > 32) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + charactersOf(one, depth + 1), 0);
  return Object.entries(value).reduce((sum, [name, one]) => (noText.has(name) ? sum : sum + charactersOf(one, depth + 1)), 0);
}

/** Characters that a value adds to a reply: those of its delta, or of a text. */
export function charactersGiven(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  const { type, text, arguments: piece } = value as { readonly type?: unknown; readonly text?: unknown; readonly arguments?: unknown };
  if (type === "text-delta" || type === "reasoning-delta" || type === "refusal-delta") return typeof text === "string" ? text.length : 0;
  return type === "tool-call-delta" && typeof piece === "string" ? piece.length : 0;
}
