/** Where the packages of this workspace lie, and which of them are published. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** Lists the package folders under `packages` or `examples`. */
export function foldersOf(parent) {
  return readdirSync(join(root, parent))
    .sort()
    .map((name) => join(root, parent, name))
    .filter((folder) => existsSync(join(folder, "package.json")));
}

/** Lists the packages that others import, as `{ folder, manifest }`; one whose source is missing is named and left out. */
export function importedPackages() {
  return foldersOf("packages")
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
    .filter(({ manifest }) => manifest.exports !== undefined)
    .filter(({ folder, manifest }) => {
      const present = existsSync(join(folder, "src/index.ts"));
      if (!present) process.stderr.write(`WARNING: ${manifest.name} has no src/index.ts and is left out.\n`);
      return present;
    });
}

/** Lists those of them that are published. */
export function publishedPackages() {
  return importedPackages().filter(({ manifest }) => manifest.private !== true);
}
