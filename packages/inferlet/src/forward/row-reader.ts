/** What is made of the rows that a pass gave. */
import type { Backend, ForwardRows } from "../backend.js";
import type { LogitProcessor } from "../sampling/logit-processor.js";
import { distribution, entropy, logprobs } from "../sampling/measures.js";
import { type RandomSource, randomSeed, randomSource } from "../sampling/random.js";
import { type Sampler, samplerOutput, type SamplingStep, seedFor } from "../sampling/sampler.js";
import { tokenPicker } from "../sampling/token-picker.js";
import type { Probe, RowRequest, VerifiedDraft } from "./probe.js";

export interface RowReaderOptions {
  readonly backend: Backend;
  /** What the sequence held before the pass. */
  readonly history: readonly number[];
  /** The tokens of the pass, without a draft. */
  readonly tokens: readonly number[];
  /** How many of the tokens up to the last one were generated. */
  readonly generated: number;
  readonly processors: readonly LogitProcessor[];
  readonly random: RandomSource | undefined;
}

/** Reads the outputs of one pass. */
export class RowReader {
  readonly #options: RowReaderOptions;
  readonly #logits = new Map<number, Float32Array>();
  readonly #embeddings = new Map<number, Float32Array>();

  /** @param rows the rows that were found, in their order */
  constructor(found: ForwardRows, rows: readonly number[], options: RowReaderOptions) {
    this.#options = options;
    for (const [index, row] of rows.entries()) {
      if (found.logits[index] !== undefined) this.#logits.set(row, found.logits[index]);
      if (found.embeddings[index] !== undefined) this.#embeddings.set(row, found.embeddings[index]);
    }
  }

  /** What is asked for after each of some tokens of the pass. */
  read(request: RowRequest, rows: readonly number[]): readonly unknown[] {
    if (typeof request !== "function" && "probe" in request) return rows.map((row) => measure(request, this.#logitsAt(row)));
    if (samplerOutput(request) === "embedding") return rows.map((row) => this.#embeddings.get(row));
    const sample = this.#sampler(request);
    const random = this.#randomOf(request);
    return rows.map((row) => sample(this.#logitsAt(row), this.#placeAt(row, random)));
  }

  /** Holds a draft against what the sampler picks, in the order of a generation. */
  verify(sampler: Sampler, draft: readonly number[]): VerifiedDraft {
    const { backend, tokens: read, processors } = this.#options;
    const pick = tokenPicker(sampler, processors);
    const last = read.length - 1;
    const { tokens, step, random } = this.#placeAt(last, this.#randomOf(sampler));
    const accepted: number[] = [];
    for (;;) {
      const token = pick(this.#logitsAt(last + accepted.length), { tokens, step: step + accepted.length, random });
      if (token !== draft[accepted.length] || backend.isEndOfGeneration(token)) return { accepted, next: token };
      accepted.push(token);
      tokens.push(token);
    }
  }

  #sampler(sampler: Sampler): (logits: Float32Array, step: SamplingStep) => unknown {
    const { processors } = this.#options;
    if (typeof sampler === "function" || sampler.type !== "distribution") return tokenPicker(sampler, processors);
    const { temperature } = sampler;
    return (logits, step) => {
      const changed = logits.slice();
      for (const process of processors) process(changed, step);
      return distribution(changed, { temperature });
    };
  }

  #randomOf(sampler: Sampler): RandomSource {
    return this.#options.random ?? randomSource(seedFor(sampler, undefined) ?? randomSeed());
  }

  /** Where a sampler stands after a token of the pass. */
  #placeAt(row: number, random: RandomSource): SamplingStep & { readonly tokens: number[] } {
    const { history, tokens, generated } = this.#options;
    return { tokens: [...history, ...tokens.slice(0, row + 1)], step: Math.max(0, generated - (tokens.length - 1 - row)), random };
  }

  #logitsAt(row: number): Float32Array {
    return this.#logits.get(row) as Float32Array;
  }
}

function measure(request: Probe, logits: Float32Array): unknown {
  switch (request.probe) {
    case "logits":
      return logits;
    case "distribution":
      return distribution(logits, request);
    case "logprobs":
      return request.tokens.map((token) => logprobs(logits, token).logprob);
    case "entropy":
      return entropy(logits);
  }
}
