import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { extractCode } from "./docs/extract-code.mjs";

const root = import.meta.dirname;

extractCode();

/** Every folder under `packages` and `examples` that holds a package is a project of its own, and so is `docs`. */
const folders = ["packages", "examples"].flatMap((parent) => readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}`));
const projects = [...folders, "docs"]
  .filter((folder) => existsSync(`${root}/${folder}/package.json`))
  .map((folder) => ({ extends: true as const, test: { name: folder.split("/").at(-1) ?? folder, root: `${root}/${folder}` } }));

export default defineConfig({
  root,
  resolve: { conditions: ["@iftk/source", "module", "node", "import", "default"] },
  ssr: { resolve: { conditions: ["@iftk/source", "module", "node", "import", "default"] } },
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Threads read TypeScript by WebAssembly, and V8 crashes now and then where threads come and go while it compiles wrappers of it anew: nodejs/node#64500.
    execArgv: ["--wasm-wrapper-tiering-budget=1000000000"],
    testTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } }, // only what never comes takes as long: the machine may be slow
    projects,
  },
});
