/** Rotary positions: each pair of neighbouring numbers of a head turns by an angle that grows with the position (Su et al., 2021). */
import type { NetworkShape } from "./network-shape.js";

/** Turns the heads of queries and keys. */
export class Rotary {
  readonly #headWidth: number;
  /** Angle of each pair for one position. */
  readonly #frequencies: Float64Array;

  /** `factors` divide the frequencies, one for each pair. */
  constructor({ headWidth, rotaryBase, rotaryScale }: NetworkShape, factors?: Float32Array) {
    this.#headWidth = headWidth;
    this.#frequencies = Float64Array.from({ length: headWidth / 2 }, (_, pair) => (rotaryScale * rotaryBase ** ((-2 * pair) / headWidth)) / (factors?.[pair] ?? 1));
  }

  /** The cosine and sine of each pair, in turn, for a position, which may be less than 0. */
  turnsOf(position: number): Float64Array {
    const turns = new Float64Array(this.#frequencies.length * 2);
    this.#frequencies.forEach((frequency, pair) => {
      turns[2 * pair] = Math.cos(position * frequency);
      turns[2 * pair + 1] = Math.sin(position * frequency);
    });
    return turns;
  }

  /** Turns the heads that fill the numbers from `start` up to before `end`, in place. */
  turn(numbers: Float64Array | Float32Array, start: number, end: number, turns: Float64Array): void {
    for (let head = start; head < end; head += this.#headWidth) {
      for (let index = 0; index < turns.length; index += 2) {
        const cosine = turns[index] as number;
        const sine = turns[index + 1] as number;
        const one = numbers[head + index] as number;
        const other = numbers[head + index + 1] as number;
        numbers[head + index] = one * cosine - other * sine;
        numbers[head + index + 1] = one * sine + other * cosine;
      }
    }
  }
}
