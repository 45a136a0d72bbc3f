/** What passes the links of a pipeline, as a table. */
import type { LinkStatistics } from "@iftk/graph";
import { padded, shortened, widthOf } from "./columns.js";

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

/** Columns that a link's name has at least. */
const shortest = 12;

/** The table's lines, no longer than the width: where it is narrow, the last columns are left out and names are shortened. */
export function linkTable(links: readonly LinkRate[], width: number): readonly string[] {
  const rows = [heads, ...links.map(cells)];
  const [names = 0, ...numbers] = heads.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  const room = (): number => width - numbers.reduce((sum, columns) => sum + columns + 2, 0);
  while (numbers.length > 0 && room() < Math.min(names, shortest)) numbers.pop();
  const first = Math.min(names, room());
  return rows.map(([name = "", ...values]) => padded(shortened(name, first), first) + numbers.map((columns, at) => (values[at] ?? "").padStart(columns + 2)).join(""));
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
