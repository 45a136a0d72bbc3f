/** The README's picture and table, from a saved report. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { documentPath } from "./documents.js";
import { renderFigures } from "./figures.js";
import type { Report } from "./report.js";
import { rounded } from "./table.js";

interface Bar {
  readonly name: string;
  readonly value: number;
}

const width = 760;
const [left, right, top, step, thickness] = [170, 74, 64, 26, 16];

/** The bars of five stages over arrays of tokens, the shortest first. */
function barsOf({ cells }: Report): readonly Bar[] {
  return cells
    .filter(({ source, stages, asyncStages }) => source === "C" && stages === 5 && asyncStages === undefined)
    .map(({ implementation, nsPerItem }) => ({ name: implementation, value: nsPerItem }))
    .sort((a, b) => a.value - b.value);
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const style = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .remark, .tick { fill: #59636e; font-size: 12px; }
  .own { font-weight: 600; }
  line { stroke: #d1d9e0; }
  rect { fill: #8c959f; }
  rect.own { fill: #1a7f64; }
  rect.floor { fill: #54aeff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .remark, .tick { fill: #9198a1; }
    line { stroke: #3d444d; }
    rect { fill: #656c76; }
    rect.own { fill: #2fbf91; }
    rect.floor { fill: #388bfd; }
  }`;

/** The picture: CPU nanoseconds per token as bars on a logarithmic scale, without a script, for light and dark pages. */
export function renderPicture(report: Report): string {
  const bars = barsOf(report);
  if (bars.length === 0) throw new Error("The report has no cells of five stages over arrays: run npm run bench -- pipelines --save first.");
  const low = 10 ** Math.floor(Math.log10(Math.min(...bars.map(({ value }) => value))));
  const high = Math.max(...bars.map(({ value }) => value)) * 1.05;
  const at = (value: number): number => left + ((Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) * (width - left - right);
  const height = top + bars.length * step + 34;
  const ticks: string[] = [];
  for (let tick = low; tick <= high; tick *= 10) {
    const x = at(tick).toFixed(1);
    ticks.push(`<line x1="${x}" x2="${x}" y1="${top - 8}" y2="${height - 28}"/><text class="tick" x="${x}" y="${height - 10}" text-anchor="middle">${tick >= 1000 ? `${tick / 1000} µs` : `${tick} ns`}</text>`);
  }
  const drawn = bars.map(({ name, value }, index) => {
    const y = top + index * step;
    const kind = name.startsWith("iftk") ? ' class="own"' : name === "floor" ? ' class="floor"' : "";
    const label = name === "floor" ? "one loop by hand" : name;
    const end = at(value);
    return `<text${kind} x="${left - 10}" y="${y + 13}" text-anchor="end">${escaped(label)}</text><rect${kind} x="${left}" y="${y}" width="${(end - left).toFixed(1)}" height="${thickness}" rx="2"/><text${kind} x="${(end + 6).toFixed(1)}" y="${y + 13}">${rounded(value)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title remark">`,
    `<style>${style}\n</style>`,
    `<text id="title" class="title" x="16" y="24">Five stages: CPU nanoseconds per token</text>`,
    `<text id="remark" class="remark" x="16" y="43">map, filter, scan, flatMap, map over arrays of 32 tokens; logarithmic scale, shorter is better; Node ${escaped(report.machine.node.replace(/^v/, ""))}</text>`,
    ...ticks,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

/** Puts a text between the markers of another; undefined when there are none. */
export function insertFigures(readme: string, figures: string): string | undefined {
  const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  return from < 0 || to < from ? undefined : `${readme.slice(0, from + begin.length)}\n${figures}\n${readme.slice(to)}`;
}

/**
 * Writes docs/bench.svg and the table of README.md from docs/bench.json.
 *
 * @throws Error when there is no saved report, or README.md has no markers.
 */
export function writePicture(): void {
  const saved = documentPath("docs/bench.json");
  if (!existsSync(saved)) throw new Error("There is no docs/bench.json yet: run npm run bench -- --save first.");
  const report = JSON.parse(readFileSync(saved, "utf8")) as Report;
  writeFileSync(documentPath("docs/bench.svg"), renderPicture(report));
  const readme = documentPath("README.md");
  const inserted = insertFigures(readFileSync(readme, "utf8"), renderFigures(report));
  if (inserted === undefined) throw new Error("README.md has no <!-- bench --> and <!-- /bench --> to put the table between.");
  writeFileSync(readme, inserted);
}
