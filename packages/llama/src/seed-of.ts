import { randomSource } from "@iftk/inferlet";

/** The seed of a part of what has a seed: that itself for the first. */
export function seedOf(seed: number | undefined, part: number): number | undefined {
  if (seed === undefined || part === 0) return seed;
  const random = randomSource(seed);
  for (let drawn = 1; drawn < part; drawn++) random();
  return Math.floor(random() * Number.MAX_SAFE_INTEGER);
}
