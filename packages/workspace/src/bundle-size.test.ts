import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** The bytes of a program after bundling for browsers, minifying and gzip: what is loaded with it, and what only when it is needed. */
async function gzippedSizes(program: string, external: readonly string[] = []): Promise<{ readonly atOnce: number; readonly later: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, ".."), loader: "ts" },
    bundle: true,
    splitting: true,
    outdir: "out",
    external: [...external],
    format: "esm",
    metafile: true,
    minify: true,
    platform: "browser",
    target: "es2022",
    conditions: ["@iftk/source", "module"],
    write: false,
    logLevel: "silent",
  });
  const sizes = new Map(outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents, { level: 9 }).length]));
  const imports = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output.imports.filter(({ kind }) => kind === "import-statement").map((each) => basename(each.path))]));
  const first = new Set(["stdin.js"]);
  for (const name of first) for (const next of imports.get(name) ?? []) if (sizes.has(next)) first.add(next);
  const sum = (isFirst: boolean): number => [...sizes].reduce((total, [name, size]) => total + (first.has(name) === isFirst ? size : 0), 0);
  return { atOnce: sum(true), later: sum(false) };
}

const client = 'import { remote } from "@iftk/client";\nglobalThis.remote = remote;';

test.for([
  { what: "core whole", limit: 11_500, program: 'import * as core from "@iftk/core";\nglobalThis.core = core;' },
  {
    what: "a pipe of two stages",
    limit: 5200,
    program: `import { outputStream, pipe, unary } from "@iftk/core";
      const trim = unary(async function trim(text: string) { return text.trim(); });
      const letters = outputStream(async function* letters(text: string) { yield* text; });
      for await (const letter of pipe(trim, letters)(" abc ")) console.log(letter);`,
  },
  { what: "the client beside core, in a browser", limit: 3300, program: client, external: ["@iftk/core"] },
  { what: "the client with what it uses of core", limit: 8000, program: client },
])("$what stays within $limit bytes, minified and gzipped", async ({ what, limit, program, external }) => {
  const { atOnce } = await gzippedSizes(program, external);
  process.stdout.write(`size of ${what}: ${atOnce} of ${limit} bytes\n`);
  expect(atOnce).toBeGreaterThan(100);
  expect(atOnce).toBeLessThanOrEqual(limit);
});

test("what the client loads for its first socket stays within 3400 bytes, minified and gzipped", async () => {
  const { later } = await gzippedSizes(client, ["@iftk/core"]);
  process.stdout.write(`size of the sockets of the client: ${later} of 3400 bytes\n`);
  expect(later).toBeGreaterThan(100);
  expect(later).toBeLessThanOrEqual(3400);
});
