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
  for (let index = 0; index < logits.length; index++) {
    const value = logits[index] as number;
    // NaN is neither above nor at most anything, so it comes in here.
    if (value <= highest) continue;
    if (value !== value) throw new StageError("internal", `the logit of token ${index} is not a number: the model or its computation is broken`);
    highest = value;
    picked = index;
  }
  if (picked === -1) throw new StageError("failed_precondition", "no token can be picked: every logit is -Infinity; masks and biases must leave at least one", { reason: "no-token" });
  return picked;
}
