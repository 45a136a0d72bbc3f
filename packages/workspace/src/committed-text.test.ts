import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readWorkspaceTree, type Manifest } from "./workspace-tree.js";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Gives the lines of a text that a pattern matches, with their numbers. */
const matches = (text: string, pattern: RegExp): string[] =>
  text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${index + 1}: ${line.trim().slice(0, 120)}`] : []));

/** Absolute paths of a home or a work folder, which mean something on one machine only; examples write /home/me. */
const machinePath = new RegExp(String.raw`(?:^|[\s"'\x60=(:,])/(?!home/me\b)(?:${["home", "Users", "root", "work", "workspace", "mnt"].join("|")})/[\w.-]`);

test("the lockfile names no host and no tarball address", () => {
  expect(matches(read("pnpm-lock.yaml"), /:\/\/|tarball:|registry\./)).toEqual([]);
});

test("the lockfile has a checksum for every package that comes from the registry", () => {
  const [, packages = ""] = /^packages:\n(.*?)^snapshots:/ms.exec(read("pnpm-lock.yaml")) ?? [];
  const entries = packages.split(/\n(?= {2}\S)/).filter((entry) => entry.trim() !== "");
  expect(entries.length).toBeGreaterThan(10);
  expect(entries.filter((entry) => !/resolution: \{integrity: sha512-/.test(entry))).toEqual([]);
});

test("native parts have exact versions", () => {
  const native = readWorkspaceTree(root).packages.flatMap(({ folder, manifest }) =>
    [manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies].flatMap((dependencies: Manifest["dependencies"]) =>
      Object.entries(dependencies ?? {})
        .filter(([name]) => name === "koffi" || name.startsWith("@node-llama-cpp/"))
        .map(([name, version]) => ({ folder, name, version })),
    ),
  );
  expect(native.length).toBeGreaterThan(0);
  expect(native.filter(({ version }) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test.for([
  ["/home/someone/iftk", true], [["cd ", "root", "x"].join("/"), true], ['"/Users/a"', true], [["see ", "workspace", "a.ts"].join("/"), true],
  ["https://example.org/home/a", false], ["/home/me/x", false], ["packages/workspace/src", false], ["./home/x", false],
] as const)("the pattern of machine paths tells %s: %s", ([text, found]) => {
  expect(machinePath.test(text)).toBe(found);
});

test("no committed text names a path of one machine", () => {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 24 });
  const self = "packages/workspace/src/committed-text.test.ts";
  const text = listed.split("\0").filter((path) => /\.(ts|mjs|js|json|ya?ml|md|html|css|svg|sh|txt)$|(^|\/)[\w.-]*$/.test(path) && path !== "" && path !== self && !path.endsWith(".gguf"));
  const found = text.flatMap((path) => {
    try {
      return matches(read(path), machinePath).map((line) => `${path}:${line}`);
    } catch (error) {
      // A file that was removed and not yet committed.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
  expect(found).toEqual([]);
});
