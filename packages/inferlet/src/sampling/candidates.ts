/** The tokens that may be picked, and what each weighs. */
import type { RandomSource } from "./random.js";
import { orderedKey, selectionBound, type SelectionBound } from "./selection.js";

const stepsPerUnit = 32;
const steps = 64 * stepsPerUnit;

/** e to the power of -k/32. */
const powers = Float64Array.from({ length: steps }, (_, index) => Math.exp(-index / stepsPerUnit));

/**
 * e to the power of the negated distance, which is given in steps, at least 0 and below 64 units.
 *
 * Right to nine digits: a table for the multiples of 1/32 and the Taylor series for what remains, a
 * third of the cost of `Math.exp`.
 */
function weightAt(distance: number): number {
  const step = distance | 0;
  const rest = (step - distance) * (1 / stepsPerUnit);
  return (powers[step] as number) * (1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest * (1 / 24)))));
}

/**
 * Scratch memory for picking from a vocabulary.
 *
 * The first `count` entries of each array hold, in order of token. An entry weighs e to the power of the
 * distance to the highest logit over the temperature; what weighs less than e to the power of -64 is left out.
 */
export class Candidates {
  tokens = new Int32Array(0);
  logits = new Float32Array(0);
  /** The bits of the logits. */
  bits = new Int32Array(0);
  /** Above 0, at most 1. */
  weights = new Float64Array(0);
  count = 0;
  /** What the entries weigh together, after `fill` with those that were too light to be kept. */
  total = 0;
  /** What the entries at each step of distance weigh together. */
  readonly #steps = new Float64Array(steps);
  #highest = 0;
  #scale = 0;
  /** The entries of one step. */
  #bucketBits = new Int32Array(0);
  #bucketWeights = new Float64Array(0);

  /**
   * Takes the entries that weigh at least `lightest`, and the total of all.
   *
   * @param highest the highest of the logits, finite
   * @param temperature above 0
   */
  fill(logits: Float32Array, highest: number, temperature: number, lightest: number): void {
    this.#reserve(logits.length);
    this.#measureFrom(highest, temperature);
    const { tokens, logits: kept, weights } = this;
    const { length } = logits;
    const scale = this.#scale;
    const histogram = this.#steps;
    let count = 0;
    let total = 0;
    for (let token = 0; token < length; token++) {
      const logit = logits[token] as number;
      const distance = (highest - logit) * scale;
      // So written, a distance that is not a number is left out too.
      if (!(distance < steps)) continue;
      const weight = weightAt(distance);
      total += weight;
      if (weight < lightest) continue;
      const step = distance | 0;
      histogram[step] = (histogram[step] as number) + weight;
      tokens[count] = token;
      // Adding 0 makes 0 of -0, which has other bits.
      kept[count] = logit + 0;
      weights[count++] = weight;
    }
    this.count = count;
    this.total = total;
  }

  /**
   * Takes the `k` entries with the highest logits above -Infinity, of equals the first; they are not weighed yet.
   *
   * Entries above the k-th so far are gathered, and cut down to k whenever there are twice as many:
   * time linear in the vocabulary, and little more than one comparison per entry when k is small.
   */
  fillTop(logits: Float32Array, k: number): void {
    const { length } = logits;
    this.#reserve(length);
    const { tokens, logits: kept } = this;
    const most = Math.max(2 * k, 512);
    let floor = -Infinity;
    let count = 0;
    for (let token = 0; token < length; token++) {
      const logit = logits[token] as number;
      if (!(logit > floor)) continue;
      tokens[count] = token;
      kept[count++] = logit + 0;
      if (count < most) continue;
      floor = this.#cut(count, k);
      count = k;
    }
    if (count > k) this.#cut(count, k);
    this.count = Math.min(count, k);
  }

  /** Weighs the entries of `fillTop`; `highest` and `temperature` are as in `fill`. */
  weigh(highest: number, temperature: number): void {
    this.#measureFrom(highest, temperature);
    const { tokens, logits, weights, count } = this;
    const histogram = this.#steps;
    this.count = this.total = 0;
    for (let index = 0; index < count; index++) {
      const distance = (highest - (logits[index] as number)) * this.#scale;
      if (!(distance < steps)) continue;
      const weight = weightAt(distance);
      const step = distance | 0;
      histogram[step] = (histogram[step] as number) + weight;
      this.total += weight;
      tokens[this.count] = tokens[index] as number;
      logits[this.count] = logits[index] as number;
      weights[this.count++] = weight;
    }
  }

  /**
   * Keeps the fewest entries, the highest and of equals the first, that weigh `share` of the total.
   *
   * What each step of distance weighs tells the step in which the nucleus ends, so that only its entries
   * are looked at closely.
   */
  keepNucleus(share: number): void {
    const { bits, logits, weights, count } = this;
    const highest = this.#highest;
    const scale = this.#scale;
    const histogram = this.#steps;
    let missing = share * this.total;
    let step = 0;
    while (step < steps - 1 && missing > (histogram[step] as number)) missing -= histogram[step++] as number;

    this.#reserveBucket();
    const bucketBits = this.#bucketBits;
    const bucketWeights = this.#bucketWeights;
    let size = 0;
    for (let index = 0; index < count; index++) {
      if ((((highest - (logits[index] as number)) * scale) | 0) !== step) continue;
      bucketBits[size] = bits[index] as number;
      bucketWeights[size++] = weights[index] as number;
    }
    // Where entries were too light to be kept, the nucleus may reach beyond the last step that has any.
    if (size > 0) this.#keep(selectionBound(bucketBits, bucketWeights, size, missing), count);

    let total = 0;
    for (let index = 0; index < this.count; index++) total += weights[index] as number;
    this.total = total;
  }

  /** Keeps the entries that weigh at least so much. */
  keepHeavy(lightest: number): void {
    const { tokens, logits, weights, count } = this;
    this.count = this.total = 0;
    for (let index = 0; index < count; index++) {
      const weight = weights[index] as number;
      if (weight < lightest) continue;
      tokens[this.count] = tokens[index] as number;
      logits[this.count] = logits[index] as number;
      this.total += weights[this.count++] = weight;
    }
  }

  /** One of the tokens, as likely as it is heavy. */
  draw(random: RandomSource): number {
    const { tokens, weights, count, total } = this;
    let rest = random() * total;
    let picked = 0;
    while (picked < count - 1 && (rest -= weights[picked] as number) >= 0) picked++;
    return tokens[picked] as number;
  }

  /** Keeps the `k` highest of the first `count` entries; gives the lowest of them. */
  #cut(count: number, k: number): number {
    const bound = selectionBound(this.bits, undefined, count, k);
    this.#keep(bound, count);
    let floor = Infinity;
    for (let index = 0; index < k; index++) floor = Math.min(floor, this.logits[index] as number);
    return floor;
  }

  #keep({ key, ties }: SelectionBound, count: number): void {
    const { tokens, logits, bits, weights } = this;
    let left = ties;
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const own = orderedKey(bits[index] as number);
      if (own < key || (own === key && left-- <= 0)) continue;
      tokens[kept] = tokens[index] as number;
      logits[kept] = logits[index] as number;
      weights[kept++] = weights[index] as number;
    }
    this.count = kept;
  }

  #measureFrom(highest: number, temperature: number): void {
    this.#highest = highest;
    // Finite, so that a distance of 0 stays 0 at any temperature.
    this.#scale = Math.min(stepsPerUnit / temperature, 1e300);
    this.#steps.fill(0);
  }

  #reserveBucket(): void {
    const { length } = this.tokens;
    if (this.#bucketBits.length === length) return;
    this.#bucketBits = new Int32Array(length);
    this.#bucketWeights = new Float64Array(length);
  }

  #reserve(vocabularySize: number): void {
    if (this.tokens.length >= vocabularySize) return;
    this.tokens = new Int32Array(vocabularySize);
    this.logits = new Float32Array(vocabularySize);
    this.bits = new Int32Array(this.logits.buffer);
    this.weights = new Float64Array(vocabularySize);
  }
}
