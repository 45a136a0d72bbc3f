/** The tokens that may be picked, and what each weighs. */

const stepsPerUnit = 32;
const steps = 64 * stepsPerUnit;

/** e to the power of -k/32. */
const powers = Float64Array.from({ length: steps }, (_, index) => Math.exp(-index / stepsPerUnit));

/** Scratch memory for one vocabulary; the first `count` entries of each array hold. */
export class Candidates {
  readonly tokens: Int32Array;
  readonly logits: Float32Array;
  /** The bits of the logits. */
  readonly bits: Int32Array;
  /** e to the power of the distance to the highest logit, over the temperature; above 0, at most 1. */
  readonly weights: Float64Array;
  count = 0;
  /** What all entries of the vocabulary weigh. */
  total = 0;

  constructor(vocabularySize: number) {
    this.tokens = new Int32Array(vocabularySize);
    this.logits = new Float32Array(vocabularySize);
    this.bits = new Int32Array(this.logits.buffer);
    this.weights = new Float64Array(vocabularySize);
  }

  /**
   * Takes the entries that weigh at least `lightest`, in order of token, and what all weigh.
   *
   * Weights are right to nine digits: a table for the multiples of 1/32 and the Taylor series for what
   * remains, a third of the cost of `Math.exp`. Weights below e to the power of -64 count as 0.
   *
   * @param highest the highest of the logits, finite
   */
  fill(logits: Float32Array, highest: number, temperature: number, lightest: number): void {
    const { tokens, logits: kept, weights } = this;
    const { length } = logits;
    const scale = stepsPerUnit / temperature;
    let count = 0;
    let total = 0;
    for (let token = 0; token < length; token++) {
      const logit = logits[token] as number;
      const distance = (highest - logit) * scale;
      // So written, a distance that is not a number is left out too.
      if (!(distance < steps)) continue;
      const step = distance | 0;
      const rest = (step - distance) * (1 / stepsPerUnit);
      const weight = (powers[step] as number) * (1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest * (1 / 24)))));
      total += weight;
      if (weight < lightest) continue;
      tokens[count] = token;
      kept[count] = logit;
      weights[count++] = weight;
    }
    this.count = count;
    this.total = total;
  }
}
