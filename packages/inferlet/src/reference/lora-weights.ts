/** Low-rank adapters: what a GGUF file of one adds to the weights of a model (Hu et al., 2021). */
import { StageError } from "@iftk/core";
import { readLoraFile } from "../adapter/lora-file.js";
import { floatMatrix, type Matrix } from "./matrix.js";

/** The change of one matrix: `up` times `down` times `factor`. */
interface Change {
  readonly down: Matrix;
  readonly up: Matrix;
  readonly factor: number;
}

/** The changes of an adapter, by the names of the matrices. */
export class LoraWeights {
  readonly name: string;
  readonly #changes: ReadonlyMap<string, Change>;

  constructor(name: string, changes: ReadonlyMap<string, Change>) {
    this.name = name;
    this.#changes = changes;
  }

  /** Adds what the adapter, times `scale`, makes of the input to the product with the matrix of that name. */
  add(matrix: string, input: Float64Array, output: Float64Array, count: number, scale: number): void {
    const change = this.#changes.get(matrix);
    if (change === undefined || scale === 0) return;
    const { down, up, factor } = change;
    const reduced = new Float64Array(count * down.rows);
    down.multiply(input, reduced, count);
    const added = new Float64Array(count * up.rows);
    up.multiply(reduced, added, count);
    for (let index = 0; index < added.length; index++) output[index] = (output[index] as number) + (added[index] as number) * scale * factor;
  }
}

/**
 * Reads an adapter of the model with these matrices.
 *
 * @throws StageError as `readLoraFile` does; `invalid_argument`, reason `adapter`, for an adapter of another model.
 */
export function readLoraWeights(bytes: Uint8Array, matrices: ReadonlyMap<string, Pick<Matrix, "rows" | "columns">>): LoraWeights {
  const { architecture, alpha, name = "adapter", tensors } = readLoraFile(bytes);
  if (architecture !== "llama") throw mismatch(`it is for a model of the architecture ${architecture}`);
  const changes = tensors.map(({ name: matrix, in: columns, out: rows, rank, a, b }): [string, Change] => {
    const base = matrices.get(matrix);
    if (base === undefined) throw mismatch(`the model has no matrix ${matrix} that can be adapted`);
    if (base.columns !== columns || base.rows !== rows) throw mismatch(`${matrix} takes ${base.columns} numbers to ${base.rows} in the model, and ${columns} to ${rows} here`);
    // Without an alpha the product is taken as it is.
    return [matrix, { down: floatMatrix(rank, columns, a), up: floatMatrix(rows, rank, b), factor: alpha === 0 ? 1 : alpha / rank }];
  });
  return new LoraWeights(name, new Map(changes));
}

function mismatch(detail: string): StageError {
  return new StageError("invalid_argument", `adapter: ${detail}; load one that was made for this model`, { reason: "adapter" });
}
