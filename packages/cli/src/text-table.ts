/** Tables of text. */
import { stripVTControlCharacters } from "node:util";
import type { HostOutput } from "./host.js";

/** Rows with their columns under each other; on a terminal the last column is cut to its width. */
export function textTable(rows: readonly (readonly string[])[], { isTTY, columns = 80 }: Pick<HostOutput, "isTTY" | "columns">): string {
  const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  return rows.map((row) => {
    const last = row.length - 1;
    const before = row.slice(0, last).map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell) + 2)).join("");
    const room = columns - widthOf(before);
    const text = row[last] ?? "";
    const cut = isTTY && room > 10 && widthOf(text) > room ? `${text.slice(0, room - 1)}…` : text;
    return `${`${before}${cut}`.trimEnd()}\n`;
  }).join("");
}
