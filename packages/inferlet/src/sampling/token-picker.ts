/** Samplers made ready to run. */
import { StageError } from "@iftk/core";
import { Candidates } from "./candidates.js";
import { likeliest } from "./likeliest.js";
import type { LogitProcessor } from "./logit-processor.js";
import { checked, type SampleFunction, type Sampler, type SamplingStep, type TokenSampler } from "./sampler.js";

/** Picks run one at a time and keep nothing, so one scratch serves all; it grows to the largest vocabulary. */
const candidates = new Candidates();

/**
 * The function that picks tokens as the sampler says, from logits that the processors have changed.
 *
 * The processors run in their order on a copy, so the logits that it is given stay as they are. It holds
 * no state between picks but memory; a sampler function is held to giving a token of the vocabulary.
 *
 * @throws StageError `invalid_argument` for an option of the sampler out of its range, or a sampler that
 * gives no token. When it is called, as `likeliest` does.
 */
export function tokenPicker(sampler: Sampler, processors: readonly LogitProcessor[] = []): SampleFunction {
  const pick = pickerOf(sampler);
  if (processors.length === 0) return pick;
  let scratch = new Float32Array(0);

  return function pickProcessed(logits, step) {
    if (scratch.length !== logits.length) scratch = new Float32Array(logits.length);
    scratch.set(logits);
    for (const process of processors) process(scratch, step);
    return pick(scratch, step);
  };
}

function pickerOf(sampler: Sampler): SampleFunction {
  if (typeof sampler === "function") return (logits, step) => tokenOf(sampler(logits, step), logits.length);
  if (sampler.type === "embedding") throw new StageError("invalid_argument", "sampler: an embedding is no token; take a sampler that picks one");
  const { temperature } = checked(sampler);
  if (temperature === 0) return likeliest;
  return sampler.type === "token" ? drawer(sampler) : drawer({ type: "token", temperature });
}

function drawer({ temperature, topK = Infinity, topP = 1, minP = 0 }: TokenSampler): SampleFunction {
  return function draw(logits: Float32Array, { random }: Pick<SamplingStep, "random">) {
    const peak = likeliest(logits);
    const highest = logits[peak] as number;
    if (highest === Infinity) return peak;
    if (topK < logits.length) {
      candidates.fillTop(logits, topK);
      candidates.weigh(highest, temperature);
    } else {
      // All entries lighter than the second weigh less together than what the nucleus leaves out.
      candidates.fill(logits, highest, temperature, Math.max(minP, (1 - topP) / logits.length));
    }
    if (topP < 1) candidates.keepNucleus(topP);
    if (minP > 0) candidates.keepHeavy(minP);
    return candidates.draw(random);
  };
}

function tokenOf(token: number, vocabularySize: number): number {
  if (Number.isInteger(token) && token >= 0 && token < vocabularySize) return token;
  throw new StageError("invalid_argument", `sampler: gave ${String(token)}; tokens go from 0 to ${vocabularySize - 1}`);
}
