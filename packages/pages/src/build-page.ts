/** Pages as browsers load them, made from a folder of sources. */
import { cp, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { build } from "esbuild";

export interface BuildPageOptions {
  /** Conditions under which packages are resolved; `module` without it. */
  readonly conditions?: readonly string[];
  /** Whether it is to be small, with maps to its sources beside it. */
  readonly minify?: boolean;
}

const entries: readonly string[] = ["page.ts", "page.css"];

/** Bundles `page.ts` and `page.css` of a folder, with all that they import, into another, and copies what is no TypeScript beside them. */
export async function buildPage(source: string, directory: string, { conditions = ["module"], minify = false }: BuildPageOptions = {}): Promise<void> {
  const names = await readdir(source);
  await build({
    entryPoints: names.filter((name) => entries.includes(name)).map((name) => join(source, name)),
    outdir: directory,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: [...conditions],
    minify,
    sourcemap: minify,
    logLevel: "warning",
    logOverride: { "ignored-bare-import": "silent" }, // what a package imports only because its parts share it
  });
  for (const name of names) {
    if (extname(name) !== ".ts" && !entries.includes(name)) await cp(join(source, name), join(directory, name), { recursive: true });
  }
}
