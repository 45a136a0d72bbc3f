/** The first choice of a model. */
import { StageError } from "@iftk/core";

/**
 * The token with the highest logit, the first of equals.
 *
 * @throws StageError `internal` when a logit is NaN; `failed_precondition`, reason `no-token`, when all are -Infinity.
 */
export function likeliest(logits: Float32Array): number {
  let picked = -1;
  let highest = -Infinity;
  const { length } = logits;
  const last = length - 4;
  for (let index = 0; index < length; index++) {
    // Hardly any is the highest so far: four at a time are passed by. NaN is at most nothing, so it is not.
    while (index < last && at(logits, index) <= highest && at(logits, index + 1) <= highest && at(logits, index + 2) <= highest && at(logits, index + 3) <= highest) index += 4;
    const value = at(logits, index);
    if (value <= highest) continue;
    if (value !== value) throw new StageError("internal", `the logit of token ${index} is not a number: the model or its computation is broken`);
    highest = value;
    picked = index;
  }
  if (picked === -1) throw new StageError("failed_precondition", "no token can be picked: every logit is -Infinity; masks and biases must leave at least one", { reason: "no-token" });
  return picked;
}

const at = (logits: Float32Array, index: number): number => logits[index] as number;
