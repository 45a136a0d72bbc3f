import { join } from "node:path";
import process from "node:process";
import { findBrowser } from "@iftk/pages/testing";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { bundleProgram, type BundledProgram } from "./bundle-program.js";
import { findBinary, runProgram, type CommandRuntime } from "./find-binary.js";
import type { Report } from "./report.js";
import { runInBrowser } from "./run-in-browser.js";

const commandRuntimes: readonly CommandRuntime[] = [
  { name: "node", version: "22.23.3" },
  { name: "node", version: "24.21.0" },
  { name: "node", version: "26.10.0" },
  { name: "deno", version: "2.9.6" },
  { name: "bun", version: "1.4.5" },
];

let program: BundledProgram;
const reports: Report[] = [];
beforeAll(async () => {
  program = await bundleProgram();
});
afterAll(() => program[Symbol.asyncDispose]());

/** What is looked for; where this machine cannot have it the test is skipped with the reason, and in CI it fails. */
async function orSkip(runtime: string, { skip }: TestContext, find: () => string | Promise<string>): Promise<string> {
  try {
    return await find();
  } catch (error) {
    if (process.env["CI"]) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`WARNING: the laws in ${runtime} are SKIPPED: ${reason}\n`);
    return skip(reason);
  }
}

/** Keeps the report, tells of it, and gives what broke. */
function breachesOf(report: Report): readonly string[] {
  reports.push(report);
  const checks = Object.values(report.kept).reduce((sum, count) => sum + count, 0);
  process.stdout.write(`${report.runtime}: ${checks} checks of ${Object.keys(report.kept).length} subjects kept, ${report.breaches.length} broken, ${report.milliseconds} ms\n`);
  return report.breaches;
}

describe("the same laws are kept", () => {
  describe.concurrent("by every runtime", () => {
    test("in Chromium", { timeout: 400_000 }, async (context) => {
      await orSkip("Chromium", context, findBrowser);
      expect(breachesOf(await runInBrowser(program.directory))).toEqual([]);
    });

    test.for(commandRuntimes)("in $name $version", { timeout: 400_000 }, async (runtime, context) => {
      const binary = await orSkip(`${runtime.name} ${runtime.version}`, context, () => findBinary(runtime));
      const report = JSON.parse(await runProgram(binary, runtime, join(program.directory, "program.js"))) as Report;
      expect({ runtime: report.runtime.split(".")[0], breaches: breachesOf(report) }).toEqual({ runtime: `${runtime.name} ${runtime.version.split(".")[0]}`, breaches: [] });
    });
  });

  test("check for check: no runtime leaves one out", () => {
    const [first, ...others] = reports;
    expect(Object.keys(first?.kept ?? {}).length).toBeGreaterThan(100);
    for (const { runtime, kept } of others) expect({ runtime, kept }).toEqual({ runtime, kept: first?.kept });
  });
});
