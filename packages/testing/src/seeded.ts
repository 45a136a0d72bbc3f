/** Random numbers that a seed reproduces, and what tests make of them. */

/** A source of random numbers that gives the same for the same seed. */
export interface SeededRandom {
  /** A whole number from 0 on, below the limit. */
  below(limit: number): number;
}

/** Random numbers by the mulberry32 generator of Tommy Ettinger; good enough to choose test cases, for nothing else. */
export function seeded(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { below: (limit) => Math.floor((next() / 2 ** 32) * limit) };
}

/** What can be cut in pieces that together hold all of it. */
export type Sliceable = string | readonly unknown[] | Uint8Array;

/**
 * Cuts a text, a list or bytes into pieces of random length, now and then an empty one; joined they are the whole.
 *
 * A text is cut between UTF-16 code units, so also within a character.
 */
export function cutAtRandom<T extends Sliceable>(whole: T, random: SeededRandom): T[] {
  const longest = 1 + random.below(Math.max(1, whole.length));
  const pieces: T[] = [];
  for (let from = 0; from < whole.length; ) {
    const to = random.below(8) === 0 ? from : from + 1 + random.below(longest);
    pieces.push(whole.slice(from, to) as T);
    from = to;
  }
  return pieces;
}
