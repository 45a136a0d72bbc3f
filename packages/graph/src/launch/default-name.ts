/** Names of elements that are given none. */

/** The name of an element and how many of its kind stand before it in its pipeline or bin: `chat0`. Counts the one that asks. */
export function defaultName(kind: string, uses: Map<string, number>): string {
  const before = uses.get(kind) ?? 0;
  uses.set(kind, before + 1);
  return `${kind}${before}`;
}
