import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { checkLayout, checkPackageVersion } from "./layout.js";
import { llamaLibrary } from "./library.js";
import { platformOf } from "./platform.js";

const platform = platformOf("linux", "x64");

function factsOfLoadedLibrary() {
  const library = llamaLibrary();
  return {
    libraryVersion: platformOf(process.platform, process.arch).libraryVersion,
    structSizes: { modelParams: 80, contextParams: 160, batch: 56 },
    modelParams: { ...library.modelDefaultParams() },
    contextParams: { ...library.contextDefaultParams() },
  };
}

function messageOf(check: () => void): string {
  try {
    check();
  } catch (error) {
    if (StageError.is(error) && error.code === "failed_precondition") return error.message;
    throw error;
  }
  return "accepted";
}

test("the installed library is accepted", () => {
  const facts = factsOfLoadedLibrary();
  expect(messageOf(() => checkLayout(platformOf(process.platform, process.arch), facts))).toBe("accepted");
});

test("a library of another version or layout is refused with what differs", () => {
  const facts = { ...factsOfLoadedLibrary(), libraryVersion: "0.5.0-dev" };
  const refused = (change: object) => messageOf(() => checkLayout(platform, { ...facts, ...change }));
  expect([
    refused({ libraryVersion: "0.6.0" }),
    refused({ structSizes: { ...facts.structSizes, contextParams: 168 } }),
    refused({ modelParams: { ...facts.modelParams, n_gpu_layers: 999 } }),
    refused({ contextParams: { ...facts.contextParams, type_k: 0 } }),
    refused({ contextParams: { ...facts.contextParams, ctx_other: 1n } }),
  ]).toEqual(
    ["library version 0.6.0 was found where 0.5.0-dev is wanted", "its struct layout differs at contextParams", "its struct layout differs at n_gpu_layers", "its struct layout differs at type_k", "its struct layout differs at ctx_other"].map(
      (why) => `layout: @node-llama-cpp/linux-x64 cannot be used: ${why}; install exactly @node-llama-cpp/linux-x64@3.22.1`,
    ),
  );
});

test("a package of another version is refused with both versions", () => {
  expect(messageOf(() => checkPackageVersion(platform, "3.23.0"))).toBe(
    "layout: @node-llama-cpp/linux-x64 cannot be used: package version 3.23.0 was found; install exactly @node-llama-cpp/linux-x64@3.22.1",
  );
  expect(messageOf(() => checkPackageVersion(platform, "3.22.1"))).toBe("accepted");
});
