import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findPackage, platformOf } from "./platform.js";

const systems = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64", "win32-x64", "win32-arm64"];

function platformNamed(name: string) {
  const [system = "", processor = ""] = name.split("-");
  return platformOf(system, processor);
}

test("each platform's package is an optional dependency of the very version whose layout is known", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { optionalDependencies: Record<string, string> };
  const platforms = systems.map(platformNamed);
  expect(manifest.optionalDependencies).toEqual(Object.fromEntries(platforms.map(({ packageName, packageVersion }) => [packageName, packageVersion])));
});

test("a platform without a build is refused with those that have one", () => {
  expect(() => platformOf("freebsd", "x64")).toThrow(
    expect.objectContaining({ code: "unimplemented", message: expect.stringMatching(/freebsd on x64.*linux-x64/) as string }),
  );
});

test("a package that is missing is named with its version", () => {
  expect(() => findPackage({ ...platformNamed("linux-x64"), packageName: "@node-llama-cpp/nowhere" })).toThrow(
    expect.objectContaining({ code: "failed_precondition", message: expect.stringContaining("install @node-llama-cpp/nowhere@3.22.1") as string }),
  );
});
