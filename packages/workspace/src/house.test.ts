import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkHouse, type House } from "./house.js";
import { readWorkspaceTree } from "./workspace-tree.js";

const root = join(import.meta.dirname, "../../..");

const house: House = {
  floors: {
    "@iftk/core": 0, "@iftk/tiny-model": 0,
    "@iftk/operators": 1, "@iftk/wire": 1, "@iftk/graph": 1, "@iftk/testing": 1, "@iftk/data": 1, "@iftk/protobuf": 1,
    "@iftk/inference": 2, "@iftk/inferlet": 2,
    "@iftk/openai": 3, "@iftk/anthropic": 3,
    "@iftk/replicate": 3, "@iftk/runway": 3, "@iftk/stability": 3, "@iftk/llama": 3,
    // These speak OpenAI's protocol where they chat.
    "@iftk/azure": 3.5, "@iftk/huggingface": 3.5,
    "@iftk/server": 4, "@iftk/client": 4, "@iftk/nats": 4, "@iftk/elements": 4,
    "@iftk/cli": 5.5, "@iftk/studio": 5, "@iftk/pages": 5,
    "@iftk/bench": 6, "@iftk/runtimes": 6, "@iftk/workspace": 6, "@iftk/example-chat": 6, "@iftk/example-voice": 6, "@iftk/example-entities": 6, "@iftk/example-microphone": 6, "@iftk/example-capabilities": 6, "@iftk/example-inferlets": 6, "@iftk/example-pipelines": 6,
  },
  browserSafe: ["@iftk/core", "@iftk/operators", "@iftk/wire", "@iftk/data", "@iftk/protobuf", "@iftk/graph", "@iftk/client", "@iftk/inference", "@iftk/inferlet"],
  selfContained: ["@iftk/core", "@iftk/wire"],
  forNode: ["packages/data/src/file-bytes.ts", "packages/data/src/from-file.ts", "packages/data/src/from-folder.ts", "packages/core/src/interceptors/diagnostics.ts", "packages/testing/src/cassette-file.ts", "packages/inference/src/http/", "packages/inference/src/media/", "packages/inference/src/batch/file-journal.ts", "packages/inferlet/src/runtime/", "packages/inferlet/src/mcp/"],
  forTests: ["@iftk/testing", "@iftk/tiny-model"],
  longestFile: 300,
  longFiles: {},
};

test("every package of this repository keeps the rules of the house", () => {
  expect(checkHouse(readWorkspaceTree(root), house)).toEqual([]);
});

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Writes a workspace of files into a folder of its own and checks it. */
function breachesOf(files: Readonly<Record<string, string | object>>, changes: Partial<House> = {}): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "iftk-house-"));
  folders.push(folder);
  for (const [path, content] of Object.entries({ "package.json": { name: "iftk", devDependencies: { vitest: "5" } }, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return checkHouse(readWorkspaceTree(folder), { ...house, ...changes });
}

const core = { "packages/core/package.json": { name: "@iftk/core" }, "packages/core/src/index.ts": "export const core = 1;\n" };

describe("checkHouse", () => {
  test("finds nothing in a workspace that keeps the rules", () => {
    expect(breachesOf({
      ...core,
      "packages/core/src/index.test.ts": 'import { test } from "vitest";\nimport { laws } from "@iftk/testing";\nimport { core } from "./index.js";\nimport "node:fs";\n',
      "packages/core/package.json": { name: "@iftk/core", devDependencies: { "@iftk/testing": "workspace:^" } },
      "packages/testing/package.json": { name: "@iftk/testing", dependencies: { "@iftk/core": "workspace:^" } },
      "packages/testing/src/index.ts": 'export { core } from "@iftk/core";\n',
      "examples/chat/package.json": { name: "@iftk/example-chat", private: true, dependencies: { "@iftk/core": "workspace:^" } },
      "examples/chat/server.ts": 'import { core } from "@iftk/core";\nimport fs from "node:fs";\n',
    })).toEqual([]);
  });

  test("refuses an import of a higher floor and of the same floor, in code, types and package.json", () => {
    expect(breachesOf({
      "packages/core/package.json": { name: "@iftk/core", dependencies: { "@iftk/wire": "workspace:^" } },
      "packages/core/src/index.ts": 'export type Frame = import("@iftk/wire").Frame;\n',
      "packages/wire/package.json": { name: "@iftk/wire", dependencies: { "@iftk/testing": "workspace:^" } },
      "packages/wire/src/index.ts": 'const late = await import("@iftk/testing/feed");\n',
    })).toEqual([
      "packages/core/package.json: @iftk/core (floor 0) imports @iftk/wire (floor 1); only lower floors may be imported",
      "packages/core/src/index.ts:1: @iftk/core (floor 0) imports @iftk/wire (floor 1); only lower floors may be imported",
      "packages/wire/package.json: @iftk/wire (floor 1) imports @iftk/testing (floor 1); only lower floors may be imported",
      "packages/wire/src/index.ts:1: @iftk/wire (floor 1) imports @iftk/testing (floor 1); only lower floors may be imported",
    ]);
  });

  test("refuses a test that imports a higher floor other than what is made for tests", () => {
    expect(breachesOf({
      ...core,
      "packages/core/package.json": { name: "@iftk/core", devDependencies: { "@iftk/server": "workspace:^" } },
      "packages/core/src/index.test.ts": 'import { serve } from "@iftk/server";\n',
    })).toEqual(["packages/core/src/index.test.ts:1: @iftk/core (floor 0) imports @iftk/server (floor 4); only lower floors may be imported"]);
  });

  test("refuses an import that package.json does not declare, and one that is declared for tests only", () => {
    expect(breachesOf({
      "packages/inference/package.json": { name: "@iftk/inference", devDependencies: { zod: "4" } },
      "packages/inference/src/index.ts": 'export { z } from "zod";\nimport { core } from "@iftk/core/deep";\n',
    })).toEqual([
      "packages/inference/src/index.ts:2: @iftk/core is not declared in packages/inference/package.json",
      "packages/inference/src/index.ts:1: zod is not declared in packages/inference/package.json",
    ]);
  });

  test("refuses cycles between files, over types too, and between packages", () => {
    expect(breachesOf({
      "packages/core/package.json": { name: "@iftk/core" },
      "packages/core/src/a.ts": 'import type { B } from "./b.js";\nexport type A = B;\n',
      "packages/core/src/b.ts": 'export { c } from "./c.js";\n',
      "packages/core/src/c.ts": 'import { A } from "./a.js";\nexport const c = A;\n',
      "examples/one/package.json": { name: "one", dependencies: { two: "1" } },
      "examples/two/package.json": { name: "two", dependencies: { one: "1" } },
    }, { floors: { ...house.floors, one: 6, two: 6 } }).filter((breach) => breach.includes("cycle"))).toEqual([
      "packages/core: files import each other in a cycle: packages/core/src/a.ts -> packages/core/src/b.ts -> packages/core/src/c.ts -> packages/core/src/a.ts",
      "packages: depend on each other in a cycle: one -> two -> one",
    ]);
  });

  test("refuses export *, default exports, own names, and relative paths that lead nowhere or outside", () => {
    expect(breachesOf({
      ...core,
      "packages/wire/package.json": { name: "@iftk/wire" },
      "packages/wire/src/index.ts": [
        'export * from "./frame.js";', 'export * as frame from "./frame.js";', "export default 1;",
        'import "@iftk/wire";', 'import "./missing.js";', 'import "./frame";', 'import "../../core/src/index.js";', "",
      ].join("\n"),
      "packages/wire/src/frame.ts": "export const frame = 1;\nexport { frame as default };\n",
    })).toEqual([
      "packages/wire/src/index.ts:4: imports its own package by name; use a relative path",
      "packages/wire/src/index.ts:5: ./missing.js names no source file of this package (relative imports of TypeScript end in .js)",
      "packages/wire/src/index.ts:6: ./frame names no source file of this package (relative imports of TypeScript end in .js)",
      "packages/wire/src/index.ts:7: ../../core/src/index.js leaves the package; import the package by its name",
      "packages/wire/src/frame.ts:2: has a default export; name it",
      "packages/wire/src/index.ts:1: export * hides what is exported; name each export",
      "packages/wire/src/index.ts:2: export * hides what is exported; name each export",
      "packages/wire/src/index.ts:3: has a default export; name it",
    ]);
  });

  test("refuses Node in packages that run in browsers, and dependencies from outside in core and wire", () => {
    expect(breachesOf({
      "packages/core/package.json": { name: "@iftk/core", dependencies: { ix: "7" } },
      "packages/core/src/index.ts": 'import { readFile } from "node:fs/promises";\nimport "path";\n',
    })).toEqual([
      "packages/core/package.json: @iftk/core depends on ix and may depend on nothing from outside",
      "packages/core/src/index.ts:1: @iftk/core runs in browsers and imports node:fs/promises",
      "packages/core/src/index.ts:2: path is a module of Node; write node:path",
      "packages/core/src/index.ts:2: @iftk/core runs in browsers and imports path",
    ]);
  });

  test("refuses a long file without a reason, and a reason without a long file", () => {
    const files = { ...core, "packages/core/src/long.ts": "export {};\n".repeat(301), "packages/core/src/full.ts": "export {};\n".repeat(300) };
    expect([breachesOf(files), breachesOf(files, { longFiles: { "packages/core/src/long.ts": "a table", "packages/core/src/gone.ts": "a table" } })]).toEqual([
      ["packages/core/src/long.ts: has 301 lines, more than 300; split it, or give a reason in the list of the test"],
      ["packages/core/src/gone.ts: is listed as a long file and is none"],
    ]);
  });

  test("refuses a package without a floor", () => {
    expect(breachesOf({ "packages/misc/package.json": { name: "@iftk/misc" } })).toEqual([
      "packages/misc/package.json: @iftk/misc has no floor; add it to the table",
    ]);
  });
});
