/** What was meant by a name that nobody has. */

const longest = 64;

/** The nearest of the names, when it is so near that it may have been meant; capitals and separators do not count. */
export function likelyName(given: string, names: Iterable<string>): string | undefined {
  const meant = plain(given);
  if (meant === "" || given.length > longest) return undefined;
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(meant.length / 3)) + 1;
  for (const name of names) {
    if (name.length > longest) continue;
    const distance = editDistance(meant, plain(name), least);
    if (distance >= least) continue;
    nearest = name;
    least = distance;
  }
  return nearest;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, "");
}

/** Letters that are inserted, removed, changed, or swapped with their neighbour (optimal string alignment); `enough` when there are that many or more. */
function editDistance(one: string, other: string, enough: number): number {
  if (Math.abs(one.length - other.length) >= enough) return enough;
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (isSame ? 0 : 1), isSwapped ? at(before, column - 2) + 1 : Infinity);
    }
    if (Math.min(...current, ...above) >= enough) return enough;
    [before, above] = [above, current];
  }
  return Math.min(at(above, other.length), enough);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
