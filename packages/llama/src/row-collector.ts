/** The rows of a forward call that somebody wants, copied out of the passes that give them. */
import { StageError } from "@iftk/core";
import type { ForwardRows, RowsOptions } from "@iftk/inferlet";
import type { LlamaContext, RowShape } from "./llama-context.js";

/** Bytes of rows that one call gives at most. */
const mostRowBytes = 2 ** 30;

/** Rows by their index into the tokens of the call, and what was collected of them. */
export class RowCollector implements ForwardRows {
  readonly logits: Float32Array[] = [];
  readonly embeddings: Float32Array[] = [];
  readonly wantsLogits: boolean;
  readonly wantsEmbeddings: boolean;
  readonly #rows: ArrayLike<number>;
  #collected = 0;

  /** `rows` ascend. */
  constructor(rows: ArrayLike<number>, { logits, embeddings }: { readonly logits: boolean; readonly embeddings: boolean }) {
    this.#rows = rows;
    this.wantsLogits = logits;
    this.wantsEmbeddings = embeddings;
  }

  /** The row that is wanted `ahead` rows after the next one; without a limit when there is none. */
  next(ahead = 0): number {
    return this.#rows[this.#collected + ahead] ?? Infinity;
  }

  /** The last row that is wanted; -1 when there is none. */
  get last(): number {
    return this.#rows[this.#rows.length - 1] ?? -1;
  }

  /** How many rows are wanted from the next one on that stand before `end`. */
  countBefore(end: number): number {
    let count = 0;
    while (this.next(count) < end) count++;
    return count;
  }

  /** Copies the wanted rows before `end` out of the pass that just ended; `offset` is added to a row to give that of the pass. */
  collect(context: LlamaContext, end: number, offset: number): void {
    for (let row = this.next(); row < end; row = this.next()) {
      if (this.wantsLogits) this.logits.push(context.logits(row + offset).slice());
      if (this.wantsEmbeddings) this.embeddings.push(context.embeddings(row + offset));
      this.#collected++;
    }
  }
}

/**
 * The collector for a call of `count` tokens.
 *
 * @throws StageError `invalid_argument` for rows that cannot be, reason `too-large` for more than fit into a gibibyte.
 */
export function collectorOf(count: number, { rows = Array.from({ length: count }, (_, index) => index), want = "logits" }: RowsOptions, { vocabularySize, embeddingSize }: RowShape): RowCollector {
  if (!["logits", "embeddings", "both"].includes(want)) throw new StageError("invalid_argument", `sequence: want is ${JSON.stringify(want)}, it is logits, embeddings or both`);
  const wanted = Array.from(rows);
  for (const [index, row] of wanted.entries()) {
    if (Number.isInteger(row) && row < count && row > (wanted[index - 1] ?? -1)) continue;
    throw new StageError("invalid_argument", `sequence: row ${String(row)} at ${index} cannot be; rows ascend, from 0 to ${count - 1}`);
  }
  const [logits, embeddings] = [want !== "embeddings", want !== "logits"];
  const bytes = wanted.length * Float32Array.BYTES_PER_ELEMENT * ((logits ? vocabularySize : 0) + (embeddings ? embeddingSize : 0));
  if (bytes > mostRowBytes) {
    throw new StageError("invalid_argument", `sequence: ${wanted.length} rows would take ${bytes} bytes, at most ${mostRowBytes} are given at once; ask for fewer rows, or forward the tokens in parts`, { reason: "too-large" });
  }
  return new RowCollector(wanted, { logits, embeddings });
}
