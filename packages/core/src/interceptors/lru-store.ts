/** Recorded answers in memory. */
import { requireNumber } from "../require-number.js";

/** Where `cache` keeps the values of answers, by key: in memory, or behind promises. */
export interface CacheStore {
  get(key: string): Promise<readonly unknown[] | undefined> | readonly unknown[] | undefined;
  /** Keeps the values for `ttl` milliseconds, or for good. */
  set(key: string, values: readonly unknown[], ttl: number | undefined): Promise<void> | void;
}

interface Entry {
  readonly values: readonly unknown[];
  readonly expires: number;
}

/**
 * Keeps a number of answers in memory; the one used least recently goes first.
 *
 * @throws StageError `invalid_argument` for a `max` below 1.
 */
export function lruStore(options: { readonly max: number }): CacheStore {
  const max = requireNumber("lruStore: max", options.max, 1, "whole");
  const entries = new Map<string, Entry>(); // in the order of use
  return {
    get(key) {
      const entry = entries.get(key);
      entries.delete(key);
      if (!entry || Date.now() >= entry.expires) return undefined;
      entries.set(key, entry);
      return entry.values;
    },
    set(key, values, ttl = Infinity) {
      entries.delete(key);
      entries.set(key, { values, expires: Date.now() + ttl });
      for (const oldest of entries.keys()) {
        if (entries.size <= max) return;
        entries.delete(oldest);
      }
    },
  };
}
