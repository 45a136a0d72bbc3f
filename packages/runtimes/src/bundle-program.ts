/** The program as every runtime runs it, bundled from source without a build of the workspace. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** The bundled program and its worker, `program.js` and `worker.js`, in a folder of their own. */
export interface BundledProgram extends AsyncDisposable {
  readonly directory: string;
}

/** Bundles the program into a temporary folder, which disposing removes. */
export async function bundleProgram(): Promise<BundledProgram> {
  const directory = await mkdtemp(join(tmpdir(), "iftk-runtimes-"));
  await build({
    entryPoints: ["program.ts", "worker.ts"].map((name) => join(import.meta.dirname, name)),
    outdir: directory,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    conditions: ["@iftk/source", "module", "import"],
    mainFields: ["module", "main"],
    logLevel: "warning",
  });
  await writeFile(join(directory, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(directory, "index.html"), '<!doctype html><title>laws</title><script type="module" src="program.js"></script>\n');
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
