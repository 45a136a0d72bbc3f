/** How the peers keep the ten laws, written down. */
import { readFileSync, writeFileSync } from "node:fs";
import { lawTable, tryLaws, type LawResult } from "@iftk/testing/neutral";
import { documentPath } from "../documents.js";
import { adapters, type Adapter } from "./adapters.js";
import { cut } from "./ai-sdk.js";

const input = ["a fox", "ran", "up the hill"];
const output = input.map((token) => token.toUpperCase());

/** Tries the laws on one library; what hangs is given up after so many turns of the event loop. */
export function tryAdapter({ run, takesSignal, hasEndMark }: Adapter, patience = 1000): Promise<LawResult[]> {
  return tryLaws<string>({ run, takesSignal, input, output, patience, ...(hasEndMark && { cut: { input: [...input, cut] } }) });
}

/** The version of a package that this one is pinned to; none for one of this repository. */
function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(documentPath("packages/bench/package.json"), "utf8")) as { readonly dependencies: Readonly<Record<string, string>> };
  const version = manifest.dependencies[name] ?? "";
  return version.startsWith("workspace:") ? name : `${name} ${version}`;
}

/** The document, from what came of each library. */
export function renderLaws(results: readonly (readonly [Adapter, readonly LawResult[]])[]): string {
  const rows = results.map(([adapter]) => {
    const versions = adapter.packages.map(versionOf).join(", ");
    return `| ${adapter.name} | ${versions === "" ? `Node ${process.versions.node}` : versions} | ${adapter.how} |`;
  });
  const told = results.filter(([, found]) => found.some(({ outcome }) => outcome === "broken")).map(([{ name }, found]) => `### ${name}\n\n${breachesOf(found).map((line) => `- ${line}`).join("\n")}\n`);
  const laws = new Map(results.flatMap(([, found]) => found.map(({ law }) => [law.number, `${law.number}. **${law.name}**: ${law.sentence}`] as const)));
  return [
    "# How other libraries keep the laws",
    "",
    "<!-- Written by `npm run bench -- laws`; do not edit. -->",
    "",
    "`tryLaws` of `@iftk/testing` puts each library to these ten laws: it is given sources that hang, fail, are cut off or never wait, and consumers that leave, abort or do not read. The work is one map from text to upper case. A law counts as broken when one of its checks fails. None of the other libraries has promised these laws; the table says what one can build on.",
    "",
    ...laws.values(),
    "",
    lawTable(results.map(([{ name }, found]) => [name, found] as const)),
    "",
    "| | version | called as |",
    "|---|---|---|",
    ...rows,
    "",
    "## What broke",
    "",
    ...told,
  ].join("\n");
}

/** One line for each way in which a law broke; checks that broke for the same reason share it. */
function breachesOf(results: readonly LawResult[]): readonly string[] {
  const broken = results.filter(({ outcome }) => outcome === "broken");
  return [...Map.groupBy(broken, ({ law, how }) => `${law.number} ${law.name}: ${how ?? ""}`).values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const about = same.length > 1 ? "" : `${first.check}: `;
    return `${first.law.number} ${first.law.name}: ${about}${first.how ?? ""}`.replaceAll("<", "&lt;");
  });
}

/** Tries all libraries and writes the document. */
export async function writeLaws(progress: (text: string) => void): Promise<void> {
  const results: (readonly [Adapter, readonly LawResult[]])[] = [];
  for (const adapter of adapters) {
    progress(`laws: ${adapter.name}`);
    results.push([adapter, await tryAdapter(adapter)]);
  }
  writeFileSync(documentPath("docs/laws-of-peers.md"), renderLaws(results));
}
