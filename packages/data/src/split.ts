/** A part of the items, drawn at random as a seed says. */
import { sync, type Bidi } from "@iftk/core";
import { randomOf } from "./random.js";

/** Items of which the right number is drawn, so that few items are split as well as many are. */
const blockSize = 10;

/**
 * Gives the items that are drawn, or those that are not. It starts afresh with each run.
 *
 * Within each block the draw is selection sampling: Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S.
 */
export function drawn<T>(fraction: number, seed: number, side: boolean): Bidi<T, T> {
  const open = randomOf(seed);
  return sync<T, T>("split", () => {
    const random = open();
    // Where a block's share is no whole number, chance decides how the first of them is rounded, and the others follow.
    const start = random(2 ** 20) / 2 ** 20;
    let blocks = 0;
    let left = 0;
    let wanted = 0;
    const shareUpTo = (block: number): number => Math.floor(block * blockSize * fraction + start);
    return {
      take(item) {
        if (left === 0) {
          left = blockSize;
          wanted = shareUpTo(blocks + 1) - shareUpTo(blocks);
          blocks++;
        }
        const isDrawn = random(left--) < wanted;
        if (isDrawn) wanted--;
        return isDrawn === side ? [item] : [];
      },
    };
  });
}
