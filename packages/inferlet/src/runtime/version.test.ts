import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runtimeVersion } from "./create-runtime.js";
import { compareVersions, parseVersion, rangeOf } from "./version.js";

test("versions are ordered as Semantic Versioning says", () => {
  const ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.10", "1.2.0", "2.0.0"];
  expect(ordered.toReversed().map(parseVersion).sort(compareVersions).map(({ text }) => text)).toEqual(ordered);
  expect(compareVersions(parseVersion("1.0.0+a"), parseVersion("1.0.0+b"))).toBe(0);
});

test.each([
  ["latest", ["0.0.3", "0.0.4", "0.2.3", "0.2.9", "1.0.0", "1.2.3", "1.3.0", "2.0.0"]],
  ["1.2.3", ["1.2.3"]],
  ["2.0.0-beta.1", ["2.0.0-beta.1"]],
  ["1", ["1.0.0", "1.2.3", "1.3.0"]],
  ["1.x", ["1.0.0", "1.2.3", "1.3.0"]],
  ["1.2", ["1.2.3"]],
  ["1.2.*", ["1.2.3"]],
  ["^1.2", ["1.2.3", "1.3.0"]],
  ["^0.2.3", ["0.2.3", "0.2.9"]],
  ["^0.0.3", ["0.0.3"]],
  ["^0", ["0.0.3", "0.0.4", "0.2.3", "0.2.9"]],
  ["~1.2.3", ["1.2.3"]],
  ["~1", ["1.0.0", "1.2.3", "1.3.0"]],
])("the range %s takes %j", (range, expected) => {
  const versions = ["0.0.3", "0.0.4", "0.2.3", "0.2.9", "1.0.0", "1.2.3", "1.3.0", "2.0.0-beta.1", "2.0.0"].map(parseVersion);
  expect(versions.filter(rangeOf(range)).map(({ text }) => text)).toEqual(expected);
});

test.each(["1.2.3.4", ">=1", "a", "1.2.3-", "^1.2.3-beta", "1..2", "v1.2.3"])("the range %s is refused", (range) => {
  expect(() => rangeOf(range)).toThrow("is no version or range");
});

test("the version of the runtime is that of the package", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  expect(runtimeVersion).toBe(version);
});
