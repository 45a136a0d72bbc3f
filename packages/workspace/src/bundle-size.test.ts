import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** Gives the bytes of a program after bundling for browsers, minifying and gzip. */
async function gzippedSize(program: string, external: readonly string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, ".."), loader: "ts" },
    bundle: true,
    external: [...external],
    format: "esm",
    minify: true,
    platform: "browser",
    target: "es2022",
    conditions: ["@iftk/source", "module"],
    write: false,
    logLevel: "silent",
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
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
  { what: "the client beside core, in a browser", limit: 3000, program: client, external: ["@iftk/core"] },
  { what: "the client with what it uses of core", limit: 7000, program: client },
])("$what stays within $limit bytes, minified and gzipped", async ({ what, limit, program, external }) => {
  const size = await gzippedSize(program, external);
  process.stdout.write(`size of ${what}: ${size} of ${limit} bytes\n`);
  expect(size).toBeGreaterThan(100);
  expect(size).toBeLessThanOrEqual(limit);
});
