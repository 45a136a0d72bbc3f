/** Values that did not come before. */
import { type Passing, passing, sync } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";

/** What tells values apart, and for how long. */
export interface DistinctOptions<T> {
  /** What tells values apart; the value itself by default. Keys are equal as those of a Map are. */
  readonly key?: (value: T) => unknown;
  /** How many keys are remembered; the one not seen for longest is forgotten first. 1024 by default. */
  readonly remember?: number;
}

/**
 * Drops the values whose key is among those remembered.
 *
 * @throws StageError `invalid_argument` when `remember` is no whole number from 1 on.
 */
export function distinct<T>({ key = (value: T): unknown => value, remember = 1024 }: DistinctOptions<T> = {}): Passing<T> {
  requireNumber("distinct: remember", remember, 1, "whole");
  return passing<T>(sync<T, T>("distinct", () => {
    const seen = new Set<unknown>();
    return {
      take(value) {
        const found = key(value);
        const isKnown = seen.delete(found);
        seen.add(found);
        if (isKnown) return [];
        if (seen.size > remember) seen.delete(seen.values().next().value);
        return [value];
      },
    };
  }));
}

/** What is compared, and how. */
export interface DistinctUntilChangedOptions<T, Key> {
  /** What is compared; the value itself by default. */
  readonly key?: (value: T) => Key;
  /** Whether two keys count as the same; `Object.is` by default. */
  readonly equals?: (before: Key, key: Key) => boolean;
}

/** Drops the values whose key equals that of the value given before. */
export function distinctUntilChanged<T, Key = T>(options: DistinctUntilChangedOptions<T, Key> = {}): Passing<T> {
  const key = options.key ?? ((value: T) => value as unknown as Key);
  const equals = options.equals ?? Object.is;
  return passing<T>(sync<T, T>("distinctUntilChanged", () => {
    let last: { readonly key: Key } | undefined;
    return {
      take(value) {
        const found = key(value);
        if (last && equals(last.key, found)) return [];
        last = { key: found };
        return [value];
      },
    };
  }));
}
