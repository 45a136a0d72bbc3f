/**
 * Packs every published package as it would be published and checks the tarball: publint (strict), attw (ESM only),
 * and the files that must and must not be in it. The first argument is the pnpm to pack with.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { publishedPackages } from "./packages.mjs";

/** Files that a package must hold beside its build. */
const required = { "@iftk/tiny-model": ["iftk-tiny-q8_0.gguf", "README.md"] };
const unwanted = /(\.test|\.test-d)\.|(^|\/)(node_modules|fixtures)\/|tsconfig/;

const tools = join(import.meta.dirname, "node_modules");
const publint = join(tools, "publint/src/cli.js");
const attw = join(tools, "@arethetypeswrong/cli/dist/index.js");

/** Runs a command and gives its output as one finding when it fails, none when it succeeds. */
function findingOf(title, command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", shell: command.endsWith(".cmd"), ...options });
  return status === 0 ? { stdout, findings: [] } : { stdout, findings: [`${title}: ${error?.message ?? `${stdout}${stderr}`.trim()}`] };
}

function check({ folder, manifest }, destination, pnpm) {
  const packed = findingOf("pnpm pack", pnpm, ["pack", "--json", "--pack-destination", destination], { cwd: folder });
  if (packed.findings.length > 0) return packed.findings;
  const { filename, files } = JSON.parse(packed.stdout);
  const paths = files.map(({ path }) => path);
  const missing = ["LICENSE", "dist/index.js", "dist/index.d.ts", ...(required[manifest.name] ?? [])].filter((path) => !paths.includes(path));
  return [
    ...missing.map((path) => `the tarball lacks ${path}`),
    ...paths.filter((path) => unwanted.test(path)).map((path) => `the tarball holds ${path}`),
    ...findingOf("publint", process.execPath, [publint, "run", filename, "--strict"]).findings,
    ...findingOf("attw", process.execPath, [attw, filename, "--profile", "esm-only", "--no-definitely-typed", "--no-color", "--no-emoji"]).findings,
  ];
}

const destination = mkdtempSync(join(tmpdir(), "iftk-pack-"));
const pnpm = process.argv[2] ?? "pnpm";
const packages = publishedPackages();
let failed = packages.length === 0 ? 1 : 0;
try {
  for (const one of packages) {
    const findings = existsSync(join(one.folder, "dist")) ? check(one, destination, pnpm) : ["is not built; run `npm run build` first"];
    if (findings.length > 0) failed += 1;
    process.stdout.write(`${findings.length === 0 ? "ok    " : "FAILED"} ${one.manifest.name}\n`);
    for (const finding of findings) process.stdout.write(`${finding.replace(/^/gm, "       ")}\n`);
  }
} finally {
  rmSync(destination, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
