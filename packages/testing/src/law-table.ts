/** What came of the laws, as a table. */
import { laws, type LawResult } from "./law.js";

/** What came of a law over all its checks: broken if one broke, kept if at least one could be tried. */
function sumUp(results: readonly LawResult[]): LawResult["outcome"] {
  if (results.some(({ outcome }) => outcome === "broken")) return "broken";
  return results.some(({ outcome }) => outcome === "kept") ? "kept" : "not-applicable";
}

const words = { kept: "kept", broken: "BROKEN", "not-applicable": "–" } as const;

/** How many of the laws that apply were kept. */
export function lawScore(results: readonly LawResult[]): { readonly kept: number; readonly applicable: number } {
  const outcomes = laws.map(({ name }) => sumUp(results.filter(({ law }) => law.name === name)));
  return { kept: outcomes.filter((outcome) => outcome === "kept").length, applicable: outcomes.filter((outcome) => outcome !== "not-applicable").length };
}

/** A Markdown table with a row for each subject and a column for each law, from names and what `tryLaws` gave. */
export function lawTable(subjects: Iterable<readonly [name: string, results: readonly LawResult[]]>): string {
  const header = ["", ...laws.map(({ number, name }) => `${number} ${name}`), "kept"];
  const rows = Array.from(subjects, ([subject, results]) => {
    const { kept, applicable } = lawScore(results);
    return [subject, ...laws.map(({ name }) => words[sumUp(results.filter(({ law }) => law.name === name))]), `${kept} of ${applicable}`];
  });
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map((row) => line(row))].join("\n");
}

/** One line for each check that broke: the law, what was tried, what was expected and what happened. */
export function lawBreaches(results: readonly LawResult[]): string {
  return results
    .filter(({ outcome }) => outcome === "broken")
    .map(({ law, check, how }) => `${law.number} ${law.name}: ${check}: ${how}`)
    .join("\n");
}
