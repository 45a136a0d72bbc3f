/** Zeroth-order optimisation: training by forward passes and scores alone. */
import { StageError } from "@iftk/core";
import type { AdapterTarget } from "../adapter/adapter-targets.js";
import { type LoraAdapter, readLoraFile } from "../adapter/lora-file.js";
import type { Backend } from "../backend.js";
import { Model } from "../model/model.js";
import { randomSeed } from "../sampling/random.js";
import { AdapterSearch } from "./adapter-search.js";
import { candidateOf, requireSeed } from "./evolution.js";
import { readSavedSearch } from "./saved-search.js";

/** A new adapter, which changes nothing at first. */
export interface NewAdapter {
  /** Kind of the model; `adapterTargets` reads it out of the model's file, together with the targets. */
  readonly architecture: string;
  /** Matrices of the model to change. */
  readonly targets: readonly AdapterTarget[];
  /** Rank of each change; 8 by default. */
  readonly rank?: number | undefined;
  /** By this over the rank the changes are multiplied; 16 by default. */
  readonly alpha?: number | undefined;
}

/** An adapter to go on from. */
export interface OldAdapter {
  /** Its GGUF file. */
  readonly from: Uint8Array;
}

export interface SearchOptions {
  /** Candidates of a generation, at least 2; 16 by default. */
  readonly populationSize?: number | undefined;
  /** The part of them, best first, that counts for the better: above 0 and at most 1; 0.5 by default. */
  readonly muFraction?: number | undefined;
  /** Standard deviation of each number of the first candidates; 0.02 by default. */
  readonly initialSigma?: number | undefined;
  /** Repeats a search that has the same scores; a random one by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Begins the search for an adapter of a model.
 *
 * A new adapter has matrices `a` drawn with the variance of one over their width, which stand still, and `b` of zeros.
 *
 * @throws StageError `invalid_argument` for an option out of its range, and for a file as `readLoraFile` does; `unimplemented`, reason
 * `backend`, for a backend without adapters; the signal's reason.
 */
async function initialize(model: Model | Backend, options: SearchOptions & (NewAdapter | OldAdapter)): Promise<AdapterSearch> {
  const { populationSize = 16, muFraction = 0.5, initialSigma = 0.02, seed = randomSeed(), signal } = options;
  if (!(initialSigma > 0 && Number.isFinite(initialSigma))) throw new StageError("invalid_argument", `initialSigma: expected a number above 0, got ${initialSigma}`);
  const ready = withAdapters(model);
  requireSeed(seed);
  const adapter = "from" in options ? readLoraFile(options.from) : await newAdapter(options, seed, signal);
  const deviations = adapter.tensors.map(({ b }) => new Float32Array(b.length).fill(initialSigma));
  return new AdapterSearch(ready, { adapter, deviations, seed, generation: 0, populationSize, muFraction });
}

/**
 * A search as it was saved, over the same model.
 *
 * @throws StageError `invalid_argument`, reason `not-gguf`, `truncated` or `corrupt`, for bytes that are none; `unimplemented`, reason
 * `backend`, for a backend without adapters.
 */
function restore(model: Model | Backend, bytes: Uint8Array): AdapterSearch {
  return new AdapterSearch(withAdapters(model), readSavedSearch(bytes));
}

/** Zeroth-order optimisation of adapters: `initialize` begins a search, `restore` goes on with one that was saved. */
export const zo = { initialize, restore } as const;

async function newAdapter({ architecture, targets, rank = 8, alpha = 16 }: NewAdapter, seed: number, signal: AbortSignal | undefined): Promise<LoraAdapter> {
  if (!(alpha > 0)) throw new StageError("invalid_argument", `alpha: expected a number above 0, got ${alpha}`);
  for (const [name, value] of [["rank", rank], ...targets.flatMap((target) => [[`in of ${target.name}`, target.in], [`out of ${target.name}`, target.out]] as const)] as const) {
    if (!(Number.isSafeInteger(value) && value > 0 && value <= 2 ** 24)) throw new StageError("invalid_argument", `${name}: expected a positive integer, got ${value}`);
  }
  if (targets.length === 0 || new Set(targets.map(({ name }) => name)).size < targets.length) throw new StageError("invalid_argument", "targets: expected at least one matrix, each once");
  const length = targets.reduce((sum, target) => sum + target.in * rank, 0);
  const deviations = new Float32Array(length);
  let start = 0;
  const places = targets.map((target) => {
    const place = [start, (start += target.in * rank)] as const;
    deviations.fill(target.in ** -0.5, ...place);
    return { target, place };
  });
  const a = await candidateOf({ mean: new Float32Array(length), deviations }, seed, signal);
  return { architecture, alpha, name: "search", tensors: places.map(({ target, place }) => ({ name: target.name, in: target.in, out: target.out, rank, a: a.slice(...place), b: new Float32Array(rank * target.out) })) };
}

function withAdapters(model: Model | Backend): Model {
  const ready = Model.of(model);
  if (!ready.backend.capabilities.adapters) throw new StageError("unimplemented", `zo: the backend of ${ready.name} has no adapters; that of llama.cpp has`, { reason: "backend" });
  return ready;
}
