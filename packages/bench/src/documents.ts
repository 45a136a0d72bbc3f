/** Where the repository is, from the source of this package and from its build. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The path of a file of the repository. */
export function documentPath(path: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "pnpm-workspace.yaml"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("The benchmarks run inside the repository only: no pnpm-workspace.yaml is above them.");
    folder = above;
  }
  return join(folder, path);
}
