/** The adapters that a backend holds. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, BackendAdapter } from "../backend.js";
import type { LoraWeights } from "./lora-weights.js";
import type { ScaledWeights } from "./network.js";

class ReferenceAdapter implements BackendAdapter {
  readonly name: string;
  weights: LoraWeights | undefined;

  constructor(weights: LoraWeights) {
    this.name = weights.name;
    this.weights = weights;
  }

  release(): void {
    this.weights = undefined;
  }
}

/** Gives adapters out, and knows its own by them. */
export class AdapterShelf {
  readonly #own = new WeakSet<BackendAdapter>();

  add(weights: LoraWeights): BackendAdapter {
    const adapter = new ReferenceAdapter(weights);
    this.#own.add(adapter);
    return adapter;
  }

  /** @throws StageError `invalid_argument` for an adapter of another backend and a factor that is no number; `failed_precondition` for one that was released. */
  use(adapters: readonly AppliedAdapter[]): readonly ScaledWeights[] {
    return adapters.map(({ adapter, scale }) => {
      if (!this.#own.has(adapter)) throw new StageError("invalid_argument", "adapters: one is not of this backend; load it here");
      if (!Number.isFinite(scale)) throw new StageError("invalid_argument", `adapters: the scale of ${adapter.name} is ${String(scale)}; it must be a number`);
      const { weights } = adapter as ReferenceAdapter;
      if (weights === undefined) throw new StageError("failed_precondition", `adapters: ${adapter.name} is released; load it again`);
      return { weights, scale };
    });
  }
}
