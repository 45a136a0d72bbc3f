/** What passes the links of a pipeline, as a table. */
import type { LinkStatistics } from "@iftk/graph";

/** A link between two looks at it. */
export interface LinkRate extends LinkStatistics {
  /** Values a second. */
  readonly rate: number;
  /** Part of the time that the producer waited, from 0 to 1. */
  readonly stall: number;
}

/** What has happened since an earlier look, `elapsed` milliseconds ago. */
export function linkRates(now: readonly LinkStatistics[], before: readonly LinkStatistics[], elapsed: number): readonly LinkRate[] {
  const earlier = new Map(before.map((link) => [`${link.from} ${link.to}`, link]));
  return now.map((link) => {
    const { items, stalled } = earlier.get(`${link.from} ${link.to}`) ?? { items: 0, stalled: 0 };
    const share = (amount: number): number => (elapsed > 0 ? amount / elapsed : 0);
    return { ...link, rate: share(link.items - items) * 1000, stall: Math.min(1, Math.max(0, share(link.stalled - stalled))) };
  });
}

const heads = ["link", "items", "rate/s", "queue", "stall"];

/** The table's lines, no longer than the width. */
export function linkTable(links: readonly LinkRate[], width: number): readonly string[] {
  const rows = [heads, ...links.map(cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ").slice(0, Math.max(1, width)));
}

/** The same as one plain line each. */
export function linkLines(links: readonly LinkRate[]): readonly string[] {
  return links.map((link) => {
    const [name = "", items = "", rate = "", queue = "", stall = ""] = cells(link);
    return `${name}: ${items} items, ${rate}/s, ${queue} queued, ${stall} stalled`;
  });
}

function cells({ from, to, items, rate, queued, stall }: LinkRate): string[] {
  return [`${from} → ${to}`, String(items), rate < 10 ? rate.toFixed(1) : rate.toFixed(0), String(queued), `${(100 * stall).toFixed(0)}%`];
}
