/** The rules of the house: which package may import which, and what no file may do. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { findCycle } from "./cycle.js";
import type { ModuleImport } from "./source-file.js";
import type { Manifest, WorkspacePackage, WorkspaceTree } from "./workspace-tree.js";

/** What the rules leave to the workspace: floors, packages with further limits, and files that may be long. */
export interface House {
  /** Floor of each package; a package imports only from lower floors. */
  readonly floors: Readonly<Record<string, number>>;
  /** Packages that run in browsers and therefore import nothing of Node. */
  readonly browserSafe: readonly string[];
  /** Packages without dependencies from outside the workspace. */
  readonly selfContained: readonly string[];
  /** Files of packages that run in browsers, and folders of them that end in a slash, which are for Node alone, each behind a subpath of its own. */
  readonly forNode: readonly string[];
  /** Packages that the tests of every package may import, whatever their floor. */
  readonly forTests: readonly string[];
  /** Files of more than `longestFile` lines, each with the reason. */
  readonly longFiles: Readonly<Record<string, string>>;
  readonly longestFile: number;
}

type Report = (place: string, breach: string) => void;

/** Checks a workspace against the rules and gives the breaches, one sentence each, with the place in front. */
export function checkHouse(tree: WorkspaceTree, house: House): readonly string[] {
  const breaches: string[] = [];
  const report: Report = (place, breach) => void breaches.push(`${place}: ${breach}`);
  for (const one of tree.packages) {
    checkManifest(one, house, report);
    checkImports(one, tree.manifest, house, report);
    checkFiles(one, house, report);
  }
  const present = new Map(tree.packages.flatMap(({ files }) => [...files]));
  for (const path of Object.keys(house.longFiles)) {
    if ((present.get(path)?.lines ?? 0) <= house.longestFile) report(path, "is listed as a long file and is none");
  }
  const packageCycle = findCycle(new Map(tree.packages.map(({ manifest }) => [manifest.name, Object.keys(runtimeDependencies(manifest))])));
  if (packageCycle !== undefined) report("packages", `depend on each other in a cycle: ${packageCycle.join(" -> ")}`);
  return breaches;
}

function runtimeDependencies(manifest: Manifest): Readonly<Record<string, string>> {
  return { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
}

/** The package that an import names: its first segment, or two of them where it has a scope. */
function packageOf(from: string): string {
  return from.split("/").slice(0, from.startsWith("@") ? 2 : 1).join("/");
}

function isTest(path: string): boolean {
  return /\.(test|test-d)\.ts$|\/fixtures\//.test(path);
}

function checkManifest({ folder, manifest }: WorkspacePackage, house: House, report: Report): void {
  const place = `${folder}/package.json`;
  if (!(manifest.name in house.floors)) report(place, `${manifest.name} has no floor; add it to the table`);
  for (const name of Object.keys(runtimeDependencies(manifest))) {
    if (name in house.floors) checkFloor(place, manifest.name, name, house, report);
    else if (house.selfContained.includes(manifest.name) && !manifest.peerDependenciesMeta?.[name]?.optional) report(place, `${manifest.name} depends on ${name} and may depend on nothing from outside`);
  }
}

function checkFloor(place: string, importer: string, imported: string, house: House, report: Report): void {
  const [from, to] = [house.floors[importer], house.floors[imported]];
  if (from === undefined || to === undefined || to < from) return;
  report(place, `${importer} (floor ${from}) imports ${imported} (floor ${to}); only lower floors may be imported`);
}

function checkImports({ folder, manifest, files }: WorkspacePackage, root: Manifest, house: House, report: Report): void {
  const forRuntime = runtimeDependencies(manifest);
  const forTests = { ...forRuntime, ...manifest.devDependencies, ...root.devDependencies };
  const forCode = manifest.private === true ? forTests : forRuntime;
  const graph = new Map<string, string[]>();

  function checkImport(path: string, { from, line }: ModuleImport): void {
    const place = `${path}:${line}`;
    const test = isTest(path);
    if (isBuiltin(from)) {
      if (!from.startsWith("node:")) report(place, `${from} is a module of Node; write node:${from}`);
      if (!test && house.browserSafe.includes(manifest.name) && !house.forNode.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place))) report(place, `${manifest.name} runs in browsers and imports ${from}`);
      return;
    }
    if (from.startsWith(".")) {
      const target = relativeTarget(path, from);
      if (!target.startsWith(`${folder}/`)) report(place, `${from} leaves the package; import the package by its name`);
      else if (files.has(target)) graph.get(path)?.push(target);
      else report(place, `${from} names no source file of this package (relative imports of TypeScript end in .js)`);
      return;
    }
    const name = packageOf(from);
    if (name === manifest.name) report(place, `imports its own package by name; use a relative path`);
    else if (!(name in (test ? forTests : forCode))) report(place, `${name} is not declared in ${folder}/package.json`);
    else if (!(test && house.forTests.includes(name))) checkFloor(place, manifest.name, name, house, report);
  }

  for (const [path, { imports }] of files) {
    graph.set(path, []);
    for (const one of imports) checkImport(path, one);
  }
  const cycle = findCycle(graph);
  if (cycle !== undefined) report(folder, `files import each other in a cycle: ${cycle.join(" -> ")}`);
}

/** The source file that a relative import means: `./x.js` in a TypeScript file is `./x.ts`. */
function relativeTarget(path: string, from: string): string {
  const target = posix.join(posix.dirname(path), from);
  return path.endsWith(".ts") ? target.replace(/\.js$/, ".ts") : target;
}

function checkFiles({ files }: WorkspacePackage, house: House, report: Report): void {
  for (const [path, { lines, starExports, defaultExports }] of files) {
    for (const line of starExports) report(`${path}:${line}`, "export * hides what is exported; name each export");
    for (const line of defaultExports) report(`${path}:${line}`, "has a default export; name it");
    if (lines > house.longestFile && !(path in house.longFiles)) {
      report(path, `has ${lines} lines, more than ${house.longestFile}; split it, or give a reason in the list of the test`);
    }
  }
}
