import { readdirSync, readFileSync } from "node:fs";
import { format } from "node:util";
import { expect, test, vi } from "vitest";

const fence = /^```ts\n.*?^```\n(?:\n```text\n(.*?)^```\n)?/gms;
const folder = `${import.meta.dirname}/code`;

/** What each block is said to print, by the file that the configuration of the tests wrote it to. */
function blocksOf(page: string, path: string): { name: string; prints: string | undefined }[] {
  return [...readFileSync(path, "utf8").matchAll(fence)].map(([, prints], index) => ({ name: `${page}-${index + 1}`, prints }));
}

const guide = readdirSync(`${import.meta.dirname}/guide`).filter((name) => name.endsWith(".md"));
const blocks = [...blocksOf("readme", `${import.meta.dirname}/../README.md`), ...guide.flatMap((name) => blocksOf(name.slice(0, -3), `${import.meta.dirname}/guide/${name}`))];
const written = new Set(readdirSync(folder));

/** The code whose tests vitest finds by itself. */
const programs = blocks.filter(({ name }) => written.has(`${name}.ts`));

test("every code block of the README and the guide is a file", () => {
  expect(blocks.length).toBe(written.size);
  expect(programs.length).toBeGreaterThan(8);
});

test.for(programs)("the program $name prints what the page says", async ({ name, prints }) => {
  let printed = "";
  const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => void (printed += `${format(...values)}\n`));
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  try {
    await import(`./code/${name}.ts`);
  } finally {
    log.mockRestore();
    write.mockRestore();
  }
  if (prints === undefined) expect(printed.length).toBeGreaterThan(20);
  else expect(printed).toBe(prints);
});
