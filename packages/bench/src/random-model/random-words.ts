/** Random bits by the million. */

/**
 * Fills the array with the numbers of xorshift32 (Marsaglia 2003) and gives the state after them.
 *
 * @param state the state before, not 0
 */
export function fillRandom(into: Uint32Array, state: number): number {
  let next = state;
  for (let index = 0; index < into.length; index++) {
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    into[index] = next;
  }
  return next;
}
