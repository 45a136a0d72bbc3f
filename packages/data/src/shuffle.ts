/** Items in a random order that a seed repeats. */
import { sync, type Bidi } from "@iftk/core";
import { randomOf } from "./random.js";

/** Gives, for each item that comes, a random one of those that it holds, and at the end the rest. It starts afresh with each run. */
export function shuffled<T>(seed: number, size: number): Bidi<T, T> {
  const open = randomOf(seed);
  return sync<T, T>("shuffle", () => {
    const random = open();
    const held: T[] = [];
    return {
      take(item) {
        if (held.length < size) {
          held.push(item);
          return [];
        }
        const place = random(size);
        const given = held[place] as T;
        held[place] = item;
        return [given];
      },
      end() {
        // The shuffle of Fisher and Yates, in Durstenfeld's form.
        for (let last = held.length - 1; last > 0; last--) {
          const place = random(last + 1);
          [held[last], held[place]] = [held[place] as T, held[last] as T];
        }
        return held;
      },
    };
  });
}
