/** An adapter for tests. */
import { adapterTargets } from "../adapter/adapter-targets.js";
import { loraFile } from "../adapter/lora-file.js";

const rank = 2;

/** A GGUF file of an adapter for the model of this one, which changes what the model says; the same for the same model. */
export function sampleAdapter(model: Uint8Array): Uint8Array {
  const { architecture, targets } = adapterTargets(model);
  return loraFile({
    architecture,
    alpha: 2 * rank,
    name: "Sample",
    tensors: targets.map((target, index) => ({ ...target, rank, a: numbers(target.in * rank, 0.1, index), b: numbers(target.out * rank, 0.1, index + 0.5) })),
  });
}

/** Numbers within the bound, without a pattern that would cancel out. */
function numbers(length: number, bound: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => bound * Math.sin(seed + (index + 1) ** 2 * 0.7));
}
