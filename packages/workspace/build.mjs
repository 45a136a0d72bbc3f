/**
 * Builds the packages, the benchmarks and the examples: scripts by tsup, declarations by tsc.
 * `--scripts-only` leaves the declarations out, which is all that running an example needs.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { build } from "tsup";
import { foldersOf, importedPackages, root } from "./packages.mjs";

const scriptOptions = {
  config: false,
  format: "esm",
  outExtension: () => ({ js: ".js" }),
  outDir: "dist",
  sourcemap: true,
  dts: false,
  clean: false,
  silent: true,
  removeNodeProtocol: false,
  tsconfig: join(root, "tsconfig.base.json"),
};

/** Runs tsup in a folder; esbuild takes its folder from the options, tsup from the process. */
async function buildIn(folder, options) {
  process.chdir(folder);
  const esbuildOptions = (settings) => {
    settings.absWorkingDir = folder;
  };
  await build({ ...scriptOptions, ...options, esbuildOptions });
}

/** Maps each subpath of `exports` that is written in TypeScript, and each command, to its source: `{ index: "./src/index.ts" }`. */
function entriesOf(manifest) {
  const commands = Object.values(manifest.bin ?? {}).map((path) => path.replace(/^\.\/dist\/(.*)\.js$/, "./src/$1.ts"));
  const sources = [...Object.values(manifest.exports).flatMap((target) => target["@iftk/source"] ?? []), ...commands];
  return Object.fromEntries(sources.map((source) => [source.replace(/^\.\/src\/|\.ts$/g, ""), source]));
}

async function buildPackage({ folder, manifest }) {
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  await buildIn(folder, { entry: entriesOf(manifest), platform: "neutral", target: "es2022", splitting: true, skipNodeModulesBundle: true });
}

/** Builds the programs of an example, its server if it lists none, and its page. */
async function buildExample(folder, buildPage) {
  const { programs = ["server"] } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entry = Object.fromEntries(programs.map((name) => [name, `./${name}.ts`]).filter(([, source]) => existsSync(join(folder, source))));
  const page = join(folder, "page");
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  if (Object.keys(entry).length > 0) await buildIn(folder, { entry, platform: "node", target: "node22", skipNodeModulesBundle: true });
  if (existsSync(page)) await buildPage(page, join(folder, "dist/page"), { minify: true });
}

/** Builds the benchmarks as one program. */
async function buildBenchmarks(folder) {
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  await buildIn(folder, { entry: { bench: "./src/bench.ts" }, platform: "node", target: "node22", skipNodeModulesBundle: true });
}

/** Emits all declarations in one run, then moves each package's into its dist folder. */
function buildDeclarations(packages) {
  const emitted = join(root, ".types");
  rmSync(emitted, { recursive: true, force: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", emitted], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("The declarations could not be made; see the type errors above.");
  for (const { folder } of packages) {
    const from = join(emitted, relative(root, folder), "src");
    for (const name of readdirSync(from, { recursive: true })) {
      const to = join(folder, "dist", name);
      if (name.endsWith(".d.ts")) {
        mkdirSync(dirname(to), { recursive: true });
        cpSync(join(from, name), to);
      } else if (name.endsWith(".d.ts.map")) {
        const source = join(folder, "src", name.replace(/\.d\.ts\.map$/, ".ts"));
        const map = { ...JSON.parse(readFileSync(join(from, name), "utf8")), sourceRoot: "", sources: [relative(dirname(to), source)] };
        mkdirSync(dirname(to), { recursive: true });
        writeFileSync(to, JSON.stringify(map));
      }
    }
  }
  rmSync(emitted, { recursive: true, force: true });
}

const packages = importedPackages();
for (const one of packages) await buildPackage(one);
if (process.argv[2] !== "--scripts-only") buildDeclarations(packages);
await buildBenchmarks(join(root, "packages/bench"));
// Only now is it built.
const { buildPage } = await import("@iftk/pages/build");
for (const folder of foldersOf("examples")) await buildExample(folder, buildPage);
