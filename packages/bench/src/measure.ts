/** Timing of alternatives in one run: what counts is their ratio. */

/** One way to do the work; it gives how many items it did. */
export interface Contender {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** What was measured of one contender. */
export interface Measured {
  readonly name: string;
  /** Microseconds of wall time for each item: the median of the rounds. */
  readonly microseconds: number;
  /** The median over the rounds of its time over the first contender's time in the same round. */
  readonly ratio: number;
}

/** The middle of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/**
 * Runs the contenders in turns, each round in another order after one round to warm up, and compares
 * each with the first within the same round, since the machine's speed drifts between rounds.
 */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Measured[]> {
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = -1; round < rounds; round++) {
    const shift = (round + 1) % contenders.length;
    for (const contender of [...contenders.slice(shift), ...contenders.slice(0, shift)]) {
      const begun = performance.now();
      const items = await contender.run();
      const each = ((performance.now() - begun) * 1000) / items;
      if (round >= 0) times.get(contender)?.push(each);
    }
  }
  const first = contenders[0] ? (times.get(contenders[0]) ?? []) : [];
  return contenders.map((contender) => {
    const own = times.get(contender) ?? [];
    return { name: contender.name, microseconds: median(own), ratio: median(own.map((time, round) => time / (first[round] ?? NaN))) };
  });
}
