import { readFileSync } from "node:fs";
import { format } from "node:util";
import { expect, test, vi } from "vitest";
import { codeBlocks } from "./extract-code.mjs";

const blocks = codeBlocks();

/** Blocks that are tests are found by vitest itself. */
const programs = blocks.filter(({ isTest }) => !isTest);

test("every code block of the README and the guide is the file that is checked", () => {
  expect(programs.length).toBeGreaterThan(8);
  expect(blocks.map(({ file }) => readFileSync(file, "utf8"))).toEqual(blocks.map(({ code }) => code));
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
