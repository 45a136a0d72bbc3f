/** Which matrices of a model an adapter can change. */
import { StageError } from "@iftk/core";
import { readGgufHeader } from "../gguf/gguf-header.js";

/** A matrix that an adapter changes. */
export interface AdapterTarget {
  /** Name of the model's tensor. */
  readonly name: string;
  /** Numbers that go into it. */
  readonly in: number;
  /** Numbers that come out of it. */
  readonly out: number;
}

export interface AdapterTargets {
  /** Kind of the model: `general.architecture`. */
  readonly architecture: string;
  readonly targets: readonly AdapterTarget[];
}

export interface AdapterTargetsOptions {
  /** The matrices by their names within a layer; those of the queries and values by default. */
  readonly matrices?: readonly string[] | undefined;
}

/**
 * The matrices of a model's layers, out of the bytes of its GGUF file; the beginning of the file is enough,
 * up to where the weights begin.
 *
 * @throws StageError `invalid_argument`, reason `not-gguf`, `truncated` when more of the beginning is needed,
 * or `corrupt`; `not_found` when the model has none of the matrices.
 */
export function adapterTargets(model: Uint8Array, { matrices = ["attn_q", "attn_v"] }: AdapterTargetsOptions = {}): AdapterTargets {
  const { values, tensors } = readGgufHeader(model, "model file");
  const architecture = values.get("general.architecture")?.value;
  if (typeof architecture !== "string") throw new StageError("invalid_argument", "model file: it does not say its general.architecture", { reason: "corrupt" });
  const wanted = new Set(matrices);
  const targets = tensors.flatMap(({ name, shape }) => {
    const [, matrix] = /^blk\.\d+\.(.+)\.weight$/.exec(name) ?? [];
    const [inputs = 0, out = 0] = shape;
    return matrix !== undefined && wanted.has(matrix) && shape.length === 2 ? [{ name, in: inputs, out }] : [];
  });
  if (targets.length === 0) throw new StageError("not_found", `model file: no layer has a matrix ${matrices.join(" or ")}`);
  return { architecture, targets };
}
