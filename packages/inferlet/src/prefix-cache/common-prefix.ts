/** How many tokens two runs have in common at their beginning, up to `most`. */
export function commonPrefix(one: ArrayLike<number>, other: ArrayLike<number>, most: number): number {
  const end = Math.min(one.length, other.length, most);
  let at = 0;
  while (at < end && one[at] === other[at]) at++;
  return at;
}
