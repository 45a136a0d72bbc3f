/** What was meant by a name that nobody has. */

const longest = 64;

/** Letters that may be wrong, whatever the length. */
const mostWrong = 3;

/** The nearest of the names, when it is so near that it may have been meant; capitals and separators do not count. */
export function likelyName(given: string, names: Iterable<string>): string | undefined {
  const meant = plain(given);
  if (meant === "" || given.length > longest) return undefined;
  let nearest: string | undefined;
  let least = Math.min(mostWrong, Math.max(1, Math.floor(meant.length / 3))) + 1;
  for (const name of names) {
    if (name.length > longest) continue;
    const known = plain(name);
    const distance = editDistance(meant, known, least);
    if (distance >= Math.min(least, Math.max(meant.length, known.length))) continue;
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
  let leastAbove = 0;
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    let least = row;
    // Whatever is further from the diagonal is enough.
    for (let column = 1; column <= Math.min(other.length, row + enough); column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const isNear = column >= row - enough;
      const distance = isNear ? Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (isSame ? 0 : 1), isSwapped ? at(before, column - 2) + 1 : enough) : enough;
      current.push(distance);
      least = Math.min(least, distance);
    }
    if (Math.min(least, leastAbove) >= enough) return enough;
    [before, above, leastAbove] = [above, current, least];
  }
  return Math.min(at(above, other.length), enough);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
