import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import * as vitestEntry from "./index.js";
import * as neutralEntry from "./neutral.js";
import * as nodeEntry from "./node.js";

const fixtures = join(import.meta.dirname, "fixtures");

/** Runs the fixture by `node --test` with the sources as they are; gives the exit code and the report. */
function runUnderNode(brokenLaw?: string): Promise<{ code: number | null; report: string }> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_|BROKEN)/.test(name)));
  const hooks = pathToFileURL(join(fixtures, "typescript-for-node.mjs")).href;
  const child = spawn(process.execPath, ["--conditions=@iftk/source", `--import=${hooks}`, "--test", "--test-reporter=tap", join(fixtures, "laws-under-node.ts")], {
    env: { ...environment, ...(brokenLaw === undefined ? {} : { BROKEN_LAW: brokenLaw }) },
  });
  let report = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (report += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (report += chunk));
  return new Promise((resolve, reject) => void child.on("error", reject).on("close", (code) => resolve({ code, report })));
}

test("under node:test, without vitest, the laws are tests that pass", async () => {
  const { code, report } = await runUnderNode();
  expect([code, report.match(/^# (?:pass|fail) .*$/gm)]).toEqual([0, [expect.stringMatching(/^# pass (?:[5-9]\d|1\d\d)$/) as string, "# fail 0"]]);
  expect(report).toMatch(/ok \d+ - 2 return: leaving settles, and so do the reads, while they are pending on something deaf/);
});

test("under node:test a law that is broken is a test that fails and says how", async () => {
  const { code, report } = await runUnderNode("errors");
  expect(code).toBe(1);
  expect(report).toContain("law 6 (errors) is broken: expected the error that the source threw after 0 values (Error: of the source); it was rejected with Error: failed");
});

test("the entries have the same names; the neutral one lacks those that are bound to a test runner", () => {
  expect(Object.keys(nodeEntry).sort()).toEqual(Object.keys(vitestEntry).sort());
  expect(Object.keys(vitestEntry).filter((name) => !(name in neutralEntry))).toEqual(["stageLaws", "taskLaws"]);
});
