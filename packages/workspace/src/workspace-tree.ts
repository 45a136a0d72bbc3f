/** The packages of a workspace and their source files, read from disk. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { readSourceFile, type SourceFile } from "./source-file.js";

/** The fields of a package.json that the house rules look at. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** One package: its folder and its files, as paths from the root with forward slashes. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, SourceFile>;
}

/** A workspace: its root package.json and its packages. */
export interface WorkspaceTree {
  readonly manifest: Manifest;
  readonly packages: readonly WorkspacePackage[];
}

/** Reads every package under `packages` and `examples` of the root. */
export function readWorkspaceTree(root: string): WorkspaceTree {
  const packages = ["packages", "examples"]
    .filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).toSorted().map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({
      folder,
      manifest: readManifest(join(root, folder)),
      files: new Map(
        listSources(join(root, folder)).map((path) => {
          const name = relative(root, path).split(sep).join("/");
          return [name, readSourceFile(name, readFileSync(path, "utf8"))];
        }),
      ),
    }));
  return { manifest: readManifest(root), packages };
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function listSources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && name !== "dist" && !name.startsWith("."))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listSources(path);
      return /\.(ts|mts|mjs|js)$/.test(entry.name) && !entry.name.endsWith(".d.mts") ? [path] : [];
    });
}
