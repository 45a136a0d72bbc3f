import { expect, test } from "vitest";
import { installFailure, isSupportedNode } from "../toolchain.mjs";

test("Node 22.19, 24.11 and everything from 26 on are used, others are replaced", () => {
  const versions = ["18.20.0", "20.20.2", "22.18.9", "22.19.0", "v22.20.1", "23.5.0", "24.10.0", "24.11.0", "25.1.0", "26.0.0", "28.1.0"];
  expect(versions.filter((version) => isSupportedNode(version))).toEqual(["22.19.0", "v22.20.1", "24.11.0", "26.0.0", "28.1.0"]);
});

test.for(["npm error code ENOTFOUND", "npm error network request failed", "error sending request for url"])("a failed install that says %s points at the network", (output) => {
  expect(installFailure("npm could not fetch the build tools.", { status: 1, output, error: undefined })).toContain("The npm registry cannot be reached.");
});

test("a failed install of another kind shows the end of its output", () => {
  const output = `${"noise\n".repeat(100)}ERR_PNPM_OUTDATED_LOCKFILE`;
  const message = installFailure("pnpm could not install.", { status: 1, output, error: undefined });
  expect(message.split("\n")).toHaveLength(27);
  expect(message).toContain("ERR_PNPM_OUTDATED_LOCKFILE");
});
