import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const core = join(import.meta.dirname, "../packages/core");
const page = readFileSync(join(import.meta.dirname, "guide/names.md"), "utf8");

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The public names of an entry as the page writes them: types in italics. */
function namesIn(source: string): string[] {
  const lists = [...source.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, isType, names = ""]) =>
    names.split(",").map((name) => [isType, name.trim().split(" as ").at(-1)] as const),
  );
  const declared = [...source.matchAll(/^export (?:async )?(interface|type|function|const|class) (\w+)/gm)].map(
    ([, kind, name]) => [kind === "interface" || kind === "type", name] as const,
  );
  return [...lists, ...declared].flatMap(([isType, name]) => (name ? [isType ? `*\`${name}\`*` : `\`${name}\``] : []));
}

/** The first cells of the tables under the heading of an entry. */
function namesOnPage(entry: string): string[] {
  const [, section = ""] = page.split(`\n## \`${entry}\`\n`);
  return [...(section.split("\n## ")[0] ?? "").matchAll(/^\| (\*?`\w+`\*?) \| \S/gm)].map(([, name = ""]) => name);
}

const { exports } = JSON.parse(readFileSync(join(core, "package.json"), "utf8")) as Manifest;
const entries = Object.entries(exports).flatMap(([path, target]) => (typeof target === "object" ? [[`@iftk/core${path.slice(1)}`, target["@iftk/source"] ?? ""] as const] : []));

test("core has an entry for each section of the page of names", () => {
  expect([...page.matchAll(/^## `(.*)`$/gm)].map(([, entry]) => entry)).toEqual(entries.map(([entry]) => entry));
});

test.for(entries)("every public name of %s has its one line on the page of names, and no other has", ([entry, source]) => {
  expect(namesOnPage(entry).sort()).toEqual(namesIn(readFileSync(join(core, source), "utf8")).sort());
});
