import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

/** Every folder under `packages` and `examples` that holds a package is a project of its own. */
const projects = ["packages", "examples"].flatMap((parent) =>
  readdirSync(`${root}/${parent}`)
    .filter((name) => existsSync(`${root}/${parent}/${name}/package.json`))
    .map((name) => ({
      extends: true as const,
      test: { name, root: `${root}/${parent}/${name}` },
    })),
);

export default defineConfig({
  root,
  resolve: { conditions: ["@iftk/source", "module", "node", "import", "default"] },
  ssr: { resolve: { conditions: ["@iftk/source", "module", "node", "import", "default"] } },
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 30_000,
    projects,
  },
});
