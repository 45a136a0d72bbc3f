/** The table of the README, from a saved report. */
import type { Cell, Report } from "./report.js";
import { rounded } from "./table.js";

const columns: readonly (readonly [title: string, source: Cell["source"], stages: number, asyncStages?: number])[] = [
  ["a token a promise", "A", 5],
  ["arrays of 32", "C", 5],
  ["array in memory", "N", 5],
  ["ten stages, arrays of 32", "C", 10],
  ["one of five asynchronous, arrays of 32", "C", 5, 1],
];

const titles: Readonly<Record<string, string>> = {
  floor: "one loop, written by hand",
  iftk: "**IFTK**, `forEach`",
  "iftk for await": "**IFTK**, `for await`",
};

/** A Markdown table: CPU nanoseconds per token through five stages, in the order of the arrays. */
export function renderFigures({ cells, machine }: Report): string {
  const find = (implementation: string, [, source, stages, asyncStages]: (typeof columns)[number]): Cell | undefined =>
    cells.find((cell) => cell.implementation === implementation && cell.source === source && cell.stages === stages && cell.asyncStages === asyncStages);
  const [, byArrays = ["", "C", 5] as const] = columns;
  const rank = (name: string): number => find(name, byArrays)?.vsFloor ?? Number.POSITIVE_INFINITY;
  const names = [...new Set(cells.map(({ implementation }) => implementation))].sort((a, b) => rank(a) - rank(b));
  const rows = names.map((name) => {
    const found = columns.map((column) => {
      const cell = find(name, column);
      if (!cell) return "–";
      return name === "floor" ? rounded(cell.nsPerItem) : `${rounded(cell.nsPerItem)} (${rounded(cell.vsFloor)}x)`;
    });
    return `| ${titles[name] ?? name} | ${found.join(" | ")} |`;
  });
  return [
    `| five stages, CPU ns per token (times the loop) | ${columns.map(([title]) => title).join(" | ")} |`,
    `|---|${columns.map(() => "--:|").join("")}`,
    ...rows,
    "",
    `Node ${machine.node.replace(/^v/, "")}, ${machine.cpu}; \`npm run bench -- pipelines\` measures it again.`,
  ].join("\n");
}
