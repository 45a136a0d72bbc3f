/** Uniform random numbers that a seed repeats exactly, on every platform. */

/** Gives the next number of a sequence, uniform in [0, 1) with 53 random bits. */
export type RandomSource = () => number;

/**
 * The random source of a seed: xoshiro128** 1.1 (Blackman and Vigna, 2018), its state filled from
 * both halves of the seed by the finalizer of MurmurHash3.
 *
 * @param seed a non-negative safe integer
 */
export function randomSource(seed: number): RandomSource {
  // Each word takes in the one before, so that no two seeds share a state.
  let a = mix(seed | 0);
  let b = mix(a ^ Math.floor(seed / 0x1_0000_0000));
  let c = mix(b);
  // A state of zeros only would stay so.
  let d = mix(c) | 1;

  const next32 = (): number => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return () => (next32() >>> 5) * 2 ** -27 + (next32() >>> 6) * 2 ** -53;
}

function mix(word: number): number {
  let mixed = (word + 0x9e37_79b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

/** A seed that cannot be foreseen. */
export function randomSeed(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0x1f_ffff) * 0x1_0000_0000 + low;
}
