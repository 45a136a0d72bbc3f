/** The search for an adapter by scores alone: candidates are drawn, scored by the program, and drawn nearer to the best. */
import { type OutputStream, outputStream, StageError } from "@iftk/core";
import { macrotask } from "@iftk/core/authoring";
import { Adapter, type LoadAdapterOptions } from "../adapter/adapter.js";
import { loraFile, type LoraTensor } from "../adapter/lora-file.js";
import type { Model } from "../model/model.js";
import { randomSource } from "../sampling/random.js";
import { candidateOf, evolve, type NormalDistribution, requireSeed } from "./evolution.js";
import { type SearchState, writeSavedSearch } from "./saved-search.js";
import { scoreAll } from "./score-all.js";

export interface UpdateOptions {
  /** Limits how far a weight varies, as its standard deviation; without it there is no limit. */
  readonly maxSigma?: number | undefined;
  /** Aborting it rejects the update with its reason; the search stays as it was. */
  readonly signal?: AbortSignal | undefined;
}

export interface StepOptions extends UpdateOptions {
  /** Candidates that are loaded and scored at the same time; 2 by default. */
  readonly concurrency?: number | undefined;
}

export interface ScoreCall {
  /** Seed of the candidate. */
  readonly seed: number;
  /** Fires when the score is no longer wanted; passes take it on. */
  readonly signal: AbortSignal;
}

/** Says what a candidate is worth, more being better, and -Infinity when it fails. It is released when the score is known. */
export type ScoreCandidate = (candidate: Adapter, call: ScoreCall) => number | Promise<number>;

/** What came of one generation. */
export interface Generation {
  /** Generations so far, this one among them. */
  readonly number: number;
  readonly seeds: readonly number[];
  /** By the order of the seeds. */
  readonly scores: readonly number[];
  readonly best: { readonly seed: number; readonly score: number };
  readonly meanScore: number;
  /** Mean of the standard deviations that the next candidates vary with. */
  readonly sigma: number;
}

/** Numbers of one target, one after another with those of the others. */
interface Stretch {
  readonly tensor: LoraTensor;
  readonly start: number;
}

/**
 * A search for an adapter whose matrices `a` stand still and whose `b` are looked for.
 *
 * A candidate is named by its seed: it is drawn from a normal distribution around the adapter found so far, whenever it is needed,
 * and no candidate is kept. What a search does follows from its own seed and from the scores.
 */
export class AdapterSearch {
  readonly populationSize: number;
  readonly muFraction: number;
  readonly seed: number;
  readonly #model: Model;
  readonly #state: SearchState;
  readonly #stretches: readonly Stretch[];
  #distribution: NormalDistribution;
  #generation: number;
  #isUpdating = false;

  constructor(model: Model, state: SearchState) {
    const { adapter, deviations, populationSize, muFraction, seed, generation } = state;
    if (!(Number.isSafeInteger(populationSize) && populationSize >= 2 && populationSize <= 2 ** 20)) throw new StageError("invalid_argument", `populationSize: expected an integer from 2 on, got ${populationSize}`);
    if (!(muFraction > 0 && muFraction <= 1)) throw new StageError("invalid_argument", `muFraction: expected a number above 0 and at most 1, got ${muFraction}`);
    this.populationSize = populationSize;
    this.muFraction = muFraction;
    this.seed = requireSeed(seed);
    this.#model = model;
    this.#state = state;
    this.#generation = generation;
    let length = 0;
    this.#stretches = adapter.tensors.map((tensor) => ({ tensor, start: (length += tensor.b.length) - tensor.b.length }));
    this.#distribution = { mean: new Float32Array(length), deviations: new Float32Array(length) };
    for (const [index, { tensor, start }] of this.#stretches.entries()) {
      this.#distribution.mean.set(tensor.b, start);
      this.#distribution.deviations.set(deviations[index] as Float32Array, start);
    }
  }

  /** Updates so far. */
  get generation(): number {
    return this.#generation;
  }

  /** Numbers that are looked for. */
  get size(): number {
    return this.#distribution.mean.length;
  }

  /** Mean of the standard deviations that candidates vary with. */
  get sigma(): number {
    return this.#distribution.deviations.reduce((sum, deviation) => sum + deviation, 0) / this.size;
  }

  /** The seeds of the generation that is due, which follow from that of the search; any others do as well. */
  seeds(): readonly number[] {
    const first = Math.floor(randomSource(this.seed)() * 2 ** 52);
    const random = randomSource(first + this.#generation);
    return Array.from({ length: this.populationSize }, () => Math.floor(random() * 2 ** 53));
  }

  /**
   * Loads the candidate of a seed; the caller releases it.
   *
   * @throws StageError `invalid_argument` for a seed that is none; what the backend's `loadAdapter` throws; the signal's reason.
   */
  async candidate(seed: number, options: LoadAdapterOptions = {}): Promise<Adapter> {
    const numbers = await candidateOf(this.#distribution, requireSeed(seed), options.signal);
    return Adapter.load(this.#model, { bytes: this.#file(numbers, `candidate ${seed}`) }, options);
  }

  /**
   * Moves towards the candidates with the greater scores. It counts which is greater, not by how much, and in whatever order they
   * are given; when all are equal nothing moves.
   *
   * @throws StageError `invalid_argument` as `evolve` does, and for a `maxSigma` that is not above 0; `failed_precondition` while
   * another update is under way.
   */
  async update(scores: ArrayLike<number>, seeds: ArrayLike<number>, { maxSigma, signal }: UpdateOptions = {}): Promise<void> {
    if (maxSigma !== undefined && !(maxSigma > 0)) throw new StageError("invalid_argument", `maxSigma: expected a number above 0, got ${maxSigma}`);
    if (this.#isUpdating) throw new StageError("failed_precondition", "search: an update is under way; await it first");
    this.#isUpdating = true;
    try {
      this.#distribution = await evolve(this.#distribution, scores, seeds, { muFraction: this.muFraction, maxSigma, signal });
      this.#generation++;
    } finally {
      this.#isUpdating = false;
    }
  }

  /**
   * One generation: loads the candidates of `seeds()`, has them scored and updates. When a score fails, or the signal fires, nothing
   * is updated and the candidates are released as soon as what scores them has ended.
   *
   * @throws StageError `invalid_argument` for an option out of its range; what `score`, `candidate` and `update` throw.
   */
  async step(score: ScoreCandidate, { concurrency = 2, signal, maxSigma }: StepOptions = {}): Promise<Generation> {
    if (!(Number.isSafeInteger(concurrency) && concurrency > 0)) throw new StageError("invalid_argument", `concurrency: expected a positive integer, got ${concurrency}`);
    const seeds = this.seeds();
    const scores = await scoreAll(seeds, (seed, ending) => this.#score(score, seed, ending), { concurrency, signal });
    await this.update(scores, seeds, { maxSigma, signal });
    const best = scores.reduce((most, value, index) => (value > (scores[most] as number) ? index : most), 0);
    return {
      number: this.#generation,
      seeds,
      scores,
      best: { seed: seeds[best] as number, score: scores[best] as number },
      meanScore: scores.reduce((sum, value) => sum + value, 0) / scores.length,
      sigma: this.sigma,
    };
  }

  /** The search as a stage: it takes how many generations to go on for and gives each when it is over. */
  evolve(score: ScoreCandidate, { maxSigma, concurrency }: Omit<StepOptions, "signal"> = {}): OutputStream<number, Generation> {
    const step = (signal: AbortSignal): Promise<Generation> => this.step(score, { maxSigma, concurrency, signal });
    return outputStream(async function* evolve(generations: number, { signal }) {
      for (let generation = 0; generation < generations; generation++) yield await step(signal);
    });
  }

  /** The GGUF file of the adapter found so far. */
  adapter(): Uint8Array<ArrayBuffer> {
    return this.#file(this.#distribution.mean, this.#state.adapter.name);
  }

  /** Loads the adapter found so far; the caller releases it. */
  load(options: LoadAdapterOptions = {}): Promise<Adapter> {
    return Adapter.load(this.#model, { bytes: this.adapter() }, options);
  }

  /** The search as bytes, from which `zo.restore` goes on as this one would. */
  save(): Uint8Array<ArrayBuffer> {
    const { mean, deviations } = this.#distribution;
    const own = { ...this.#state, adapter: { ...this.#state.adapter, tensors: this.#tensors(mean) } };
    return writeSavedSearch({ ...own, deviations: this.#stretches.map(({ tensor, start }) => deviations.subarray(start, start + tensor.b.length)), generation: this.#generation });
  }

  async #score(score: ScoreCandidate, seed: number, ending: AbortController): Promise<number> {
    const { signal } = ending;
    const candidate = await this.candidate(seed, { signal });
    try {
      return await score(candidate, { seed, signal });
    } catch (error) {
      // Other passes of this candidate may still run: they end by the signal, and it can be released after them.
      ending.abort(error);
      await macrotask();
      throw error;
    } finally {
      candidate.release();
    }
  }

  #file(numbers: Float32Array, name: string | undefined): Uint8Array<ArrayBuffer> {
    return loraFile({ ...this.#state.adapter, name, tensors: this.#tensors(numbers) });
  }

  #tensors(numbers: Float32Array): readonly LoraTensor[] {
    return this.#stretches.map(({ tensor, start }) => ({ ...tensor, b: numbers.subarray(start, start + tensor.b.length) }));
  }
}
