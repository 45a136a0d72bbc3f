/** What a caller asks of a pass, checked and copied: the caller may change its arrays while the pass runs. */
import { StageError } from "@iftk/core";
import type { RowsOptions } from "../backend.js";
import type { PassInput } from "./network.js";

/** Bytes of rows that one call gives at most. */
const mostRowBytes = 2 ** 30;

export interface PassLimits {
  /** Tokens that the sequence holds. */
  readonly held: number;
  readonly contextSize: number;
  readonly vocabularySize: number;
  readonly embeddingSize: number;
}

/** @throws StageError `invalid_argument`, reason `context-length` when the tokens do not fit. */
export function checkTokens(tokens: ArrayLike<number>, { held, contextSize, vocabularySize }: PassLimits): Int32Array {
  if (tokens.length === 0) throw new StageError("invalid_argument", "sequence: expected at least one token");
  if (held + tokens.length > contextSize) {
    throw new StageError("invalid_argument", `sequence: ${tokens.length} tokens do not fit after ${held}; the context holds ${contextSize}`, { reason: "context-length" });
  }
  return Int32Array.from(tokens, (token, index) => {
    if (Number.isInteger(token) && token >= 0 && token < vocabularySize) return token;
    throw new StageError("invalid_argument", `sequence: ${String(token)} at ${index} is not a token; they go from 0 to ${vocabularySize - 1}`);
  });
}

/** @throws StageError `invalid_argument` for rows, positions or masks that cannot be, reason `too-large` for more numbers than a call gives. */
export function checkRows(count: number, { held, vocabularySize, embeddingSize }: PassLimits, { rows, want = "logits", positions, attention }: RowsOptions): Pick<PassInput, "rows" | "want" | "positions" | "attention"> {
  if (!["logits", "embeddings", "both"].includes(want)) throw new StageError("invalid_argument", `want: ${JSON.stringify(want)} is none of logits, embeddings and both`);
  const wanted = rows === undefined ? Int32Array.from({ length: count }, (_, row) => row) : checkIndices(rows, count);
  const bytes = wanted.length * 4 * ((want === "embeddings" ? 0 : vocabularySize) + (want === "logits" ? 0 : embeddingSize));
  if (bytes > mostRowBytes) {
    throw new StageError("invalid_argument", `rows: ${wanted.length} would take ${bytes} bytes, at most ${mostRowBytes} are given at once; ask for fewer, or forward the tokens in parts`, { reason: "too-large" });
  }
  return {
    want,
    rows: wanted,
    positions: positions === undefined ? Int32Array.from({ length: count }, (_, index) => held + index) : checkPositions(positions, count),
    attention: attention && checkAttention(attention, count, held + count),
  };
}

function checkIndices(rows: ArrayLike<number>, count: number): Int32Array {
  let last = -1;
  return Int32Array.from(rows, (row) => {
    if (!Number.isInteger(row) || row <= last || row >= count) throw new StageError("invalid_argument", `rows: ${String(row)} after ${last}; they ascend, and the pass has ${count} tokens, from 0 on`);
    last = row;
    return row;
  });
}

function checkPositions(positions: ArrayLike<number>, count: number): Int32Array {
  if (positions.length !== count) throw new StageError("invalid_argument", `positions: ${positions.length} for ${count} tokens; give one for each`);
  return Int32Array.from(positions, (position, index) => {
    if (Number.isInteger(position) && position >= 0 && position < 2 ** 31) return position;
    throw new StageError("invalid_argument", `positions: ${String(position)} at ${index} is not a whole number from 0 on`);
  });
}

function checkAttention(attention: readonly Uint8Array[], count: number, length: number): readonly Uint8Array[] {
  if (attention.length !== count) throw new StageError("invalid_argument", `attention: ${attention.length} masks for ${count} tokens; give one for each`);
  return attention.map((mask, index) => {
    if (mask.length !== length) throw new StageError("invalid_argument", `attention: mask ${index} has ${mask.length} entries; the sequence has ${length} tokens with those of the pass`);
    if (mask.every((mark) => mark === 0)) throw new StageError("invalid_argument", `attention: mask ${index} lets its token attend to nothing; let it attend to itself at least`);
    return mask.slice();
  });
}
