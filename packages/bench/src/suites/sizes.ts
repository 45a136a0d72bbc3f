/** What programs weigh in a browser: bundled and minified by esbuild, then gzipped. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { documentPath } from "../documents.js";
import type { Size } from "../report.js";

interface Bundle {
  readonly bundle: string;
  readonly program: string;
  readonly external?: readonly string[];
}

const keep = (name: string, from: string): string => `import { ${name} } from "${from}";\nglobalThis.kept = [${name}];`;

const bundles: readonly Bundle[] = [
  { bundle: "@iftk/core, whole", program: 'import * as core from "@iftk/core";\nglobalThis.kept = core;' },
  {
    bundle: "@iftk/core, a pipe of two stages",
    program: `import { outputStream, pipe, unary } from "@iftk/core";
      const trim = unary(async function trim(text) { return text.trim(); });
      const letters = outputStream(async function* letters(text) { yield* text; });
      for await (const letter of pipe(trim, letters)(" abc ")) console.log(letter);`,
  },
  { bundle: "@iftk/core, a pipe of five operators", program: keep("pipe, map, filter, scan, flatMap, forEach", "@iftk/core") },
  { bundle: "@iftk/client, beside core", program: keep("remote", "@iftk/client"), external: ["@iftk/core"] },
  { bundle: "@iftk/client, with what it uses of core", program: keep("remote", "@iftk/client") },
  { bundle: "rxjs, five operators", program: keep("from, map, filter, scan, mergeMap, lastValueFrom", "rxjs") },
  {
    bundle: "ix, five operators",
    program: `import { from } from "ix/asynciterable/index";\nimport { map, filter, scan, concatMap } from "ix/asynciterable/operators/index";\nglobalThis.kept = [from, map, filter, scan, concatMap];`,
  },
  { bundle: "effect, five operators of Stream", program: 'import { Effect, Stream } from "effect";\nglobalThis.kept = [Effect.runPromise, Stream.fromArray, Stream.map, Stream.filter, Stream.mapAccum, Stream.flatMap, Stream.runForEach];' },
  { bundle: "streaming-iterables, five functions", program: keep("pipeline, map, filter, flatMap, consume", "streaming-iterables") },
  { bundle: "ai, streamText", program: keep("streamText", "ai") },
  { bundle: "@langchain/core, RunnableLambda", program: keep("RunnableLambda", "@langchain/core/runnables") },
];

/** Builds every bundle and weighs it. */
export async function measureSizes(): Promise<readonly Size[]> {
  const folder = documentPath("packages/bench");
  const sizes: Size[] = [];
  for (const { bundle, program, external = [] } of bundles) {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: folder, loader: "js" },
      bundle: true,
      external: [...external, "node:*"],
      format: "esm",
      minify: true,
      platform: "browser",
      target: "es2022",
      conditions: ["@iftk/source", "module"],
      write: false,
      logLevel: "silent",
    });
    const contents = outputFiles[0]?.contents ?? new Uint8Array();
    sizes.push({ bundle, minifiedBytes: contents.length, gzipBytes: gzipSync(contents, { level: 9 }).length });
  }
  return sizes;
}
