import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "iftk-types-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Instantiations that the pipe alone, and the program with all that it imports, may take: about twice what they do take. */
const limits = { pipe: 12_000, program: 50_000 };

/** What the compiler counts while it checks one file and what it imports. */
function costOf(name: string): { readonly instantiations: number; readonly types: number } {
  const config = join(folder, `${name}.json`);
  // One checker: several would each count what they need of the same types.
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions: { noEmit: true, typeRoots: [join(root, "node_modules/@types")] }, files: [join(import.meta.dirname, "fixtures", `${name}.ts`)] }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config, "--extendedDiagnostics", "--singleThreaded"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} does not compile:\n${stdout}${stderr}`);
  const count = (what: string): number => Number(new RegExp(`^${what}:\\s*(\\d+)`, "m").exec(stdout)?.[1]);
  return { instantiations: count("Instantiations"), types: count("Types") };
}

test("a pipe of sixteen stages is cheap to check", () => {
  const [without, whole] = [costOf("single-stages"), costOf("sixteen-stages")];
  const instantiations = whole.instantiations - without.instantiations;
  process.stdout.write(`a pipe of 16 stages: ${instantiations} instantiations, ${whole.types - without.types} types; of its whole program ${whole.instantiations} and ${whole.types}\n`);
  expect(instantiations).toBeGreaterThan(100);
  expect(instantiations).toBeLessThan(limits.pipe);
  expect(whole.instantiations).toBeLessThan(limits.program);
});
