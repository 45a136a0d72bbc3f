/** Writes the code blocks of the README and the guide as files, so that they are type-checked and run. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const docs = import.meta.dirname;
const target = join(docs, "code");
const fence = /^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;

/**
 * The code blocks of all pages and the file that each is to be. A `text` block right after one is what it prints.
 *
 * @returns {{ name: string, file: string, code: string, isTest: boolean, prints: string | undefined }[]}
 */
export function codeBlocks() {
  const guide = readdirSync(join(docs, "guide")).filter((name) => name.endsWith(".md"));
  const pages = [["readme", join(docs, "../README.md")], ...guide.sort().map((name) => [name.slice(0, -3), join(docs, "guide", name)])];
  return pages.flatMap(([page, path]) =>
    [...readFileSync(path, "utf8").matchAll(fence)].map(([, code, prints], index) => {
      const isTest = code.includes('from "vitest"');
      const name = `${page}-${index + 1}`;
      return { name, file: join(target, `${name}${isTest ? ".test" : ""}.ts`), code, isTest, prints };
    }),
  );
}

/** Writes every block as its file, and removes what was written before. */
export function extractCode() {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const { file, code } of codeBlocks()) writeFileSync(file, code);
}

if (process.argv[1] === import.meta.filename) extractCode();
