/** Tables of text. */
import { padded, shortened, widthOf } from "./columns.js";
import type { HostOutput } from "./host.js";

/** Rows with their columns under each other; on a terminal the last column is cut to its width. */
export function textTable(rows: readonly (readonly string[])[], { isTTY, columns = 80 }: Pick<HostOutput, "isTTY" | "columns">): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  return rows.map((row) => {
    const last = row.length - 1;
    const before = row.slice(0, last).map((cell, column) => padded(cell, (widths[column] ?? 0) + 2)).join("");
    const room = columns - widthOf(before);
    const text = row[last] ?? "";
    return `${`${before}${isTTY && room > 10 ? shortened(text, room) : text}`.trimEnd()}\n`;
  }).join("");
}
