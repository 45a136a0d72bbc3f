/** Writes the code blocks of the READMEs and the guide as files, so that they are type-checked and run. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  const packages = readdirSync(join(docs, "../packages")).map((name) => [`${name}-readme`, join(docs, "../packages", name, "README.md")]);
  const pages = [
    ["readme", join(docs, "../README.md")],
    ...guide.sort().map((name) => [name.slice(0, -3), join(docs, "guide", name)]),
    ...packages.filter(([, path]) => existsSync(path)),
  ];
  return pages.flatMap(([page, path]) =>
    [...readFileSync(path, "utf8").matchAll(fence)].map(([, code, prints], index) => {
      const isTest = code.includes('from "vitest"');
      const name = `${page}-${index + 1}`;
      return { name, file: join(target, `${name}${isTest ? ".test" : ""}.ts`), code, isTest, prints };
    }),
  );
}

/** Writes every block as its file and removes what is no block any more; a file that is as it should be is left alone, since another run may be reading it. */
export function extractCode() {
  mkdirSync(target, { recursive: true });
  const blocks = codeBlocks();
  const files = new Set(blocks.map(({ file }) => file));
  for (const name of readdirSync(target)) if (!files.has(join(target, name))) rmSync(join(target, name), { recursive: true });
  for (const { file, code } of blocks) if (!existsSync(file) || readFileSync(file, "utf8") !== code) writeFileSync(file, code);
}

if (process.argv[1] === import.meta.filename) extractCode();
