import { readFileSync } from "node:fs";
import { format } from "node:util";
import { fakeAnthropic, fakeOpenai, type FakeProvider } from "@iftk/testing/providers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { codeBlocks } from "./extract-code.mjs";

const blocks = codeBlocks();

/** In the place of the providers, where programs ask them. */
const providers: FakeProvider[] = [];
beforeAll(async () => {
  const fox = { name: "fox", legs: 4, isWild: true };
  const [openai, anthropic] = await Promise.all([fakeOpenai({ reply: ({ response_format }) => ({ text: response_format ? JSON.stringify(fox) : "A fox has four legs, and so has its shadow." }) }), fakeAnthropic()]);
  providers.push(openai, anthropic);
  for (const [name, value] of Object.entries({ OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: `${openai.url}/v1`, ANTHROPIC_API_KEY: "sk-ant-test", ANTHROPIC_BASE_URL: anthropic.url })) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(providers.map((provider) => provider.close()));
});

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
