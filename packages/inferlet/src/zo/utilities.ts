/** What each candidate of a population contributes to the next: its rank counts, not by how much it leads. */

/** The utility of each score, in their order; they sum to 0. */
export function utilities(scores: ArrayLike<number>, muFraction: number): Float64Array {
  const count = scores.length;
  const parents = Math.max(1, Math.floor(count * muFraction));
  const weights = Array.from({ length: count }, (_, rank) => Math.max(0, Math.log(parents + 1) - Math.log(rank + 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);

  const score = (index: number): number => scores[index] as number;
  const ranked = Array.from({ length: count }, (_, index) => index).sort((one, other) => (score(one) === score(other) ? 0 : score(other) - score(one)));
  const result = new Float64Array(count);
  for (let start = 0, end = 0; start < count; start = end) {
    while (end < count && score(ranked[end] as number) === score(ranked[start] as number)) end++;
    // Equal scores share what their ranks are worth, so that a population of equals moves nothing.
    const isAll = end - start === count;
    const shared = weights.slice(start, end).reduce((sum, weight) => sum + weight, 0) / (end - start);
    for (const index of ranked.slice(start, end)) result[index] = isAll ? 0 : shared / total - 1 / count;
  }
  return result;
}
