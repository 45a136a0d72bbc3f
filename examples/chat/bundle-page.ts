/** The page as a browser loads it, bundled from source without a build of the workspace. */
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "esbuild";

/** A built page in a folder of its own. */
export interface BundledPage extends AsyncDisposable {
  readonly directory: string;
}

/** Bundles the page into a temporary folder, which disposing removes. */
export async function bundlePage(): Promise<BundledPage> {
  const source = join(import.meta.dirname, "page");
  const directory = await mkdtemp(join(tmpdir(), "iftk-page-"));
  await build({
    entryPoints: [join(source, "page.ts")],
    outdir: directory,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@iftk/source", "module"],
    logLevel: "warning",
  });
  for (const name of await readdir(source)) {
    if (extname(name) !== ".ts") await cp(join(source, name), join(directory, name));
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
