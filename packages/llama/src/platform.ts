/** Which package holds llama.cpp for this machine, and where its files lie. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { StageError } from "@iftk/core";

/** A build of llama.cpp for one operating system and processor. */
export interface Platform {
  readonly packageName: string;
  /** The one version whose struct layouts are known. */
  readonly packageVersion: string;
  /** What the library itself says it is. */
  readonly libraryVersion: string;
  /** Folder of the libraries inside the package. */
  readonly folder: string;
  /** File names in the order in which they must be loaded. */
  readonly libraries: { readonly ggmlBase: string; readonly ggml: string; readonly llama: string };
  /** The C library of the system. */
  readonly systemLibrary: string;
}

const linux = { packageVersion: "3.22.1", libraryVersion: "0.5.0-dev", systemLibrary: "libc.so.6" };
const mac = { packageVersion: "3.21.1", libraryVersion: "0.4.0-dev", systemLibrary: "libSystem.B.dylib" };
const windows = { packageVersion: "3.21.1", libraryVersion: "0.4.0-dev", systemLibrary: "msvcrt.dll" };
const linuxLibraries = { ggmlBase: "libggml-base.so", ggml: "libggml.v0.5.0.so", llama: "libllama.v0.5.0.so" };
const windowsLibraries = { ggmlBase: "ggml-base.dll", ggml: "ggml.v0.4.0.dll", llama: "llama.v0.4.0.dll" };

const platforms: Readonly<Record<string, Platform>> = {
  "linux-x64": { ...linux, packageName: "@node-llama-cpp/linux-x64", folder: "linux-x64", libraries: linuxLibraries },
  "linux-arm64": { ...linux, packageName: "@node-llama-cpp/linux-arm64", folder: "linux-arm64", libraries: linuxLibraries },
  "darwin-arm64": {
    ...mac,
    packageName: "@node-llama-cpp/mac-arm64-metal",
    folder: "mac-arm64-metal",
    libraries: { ggmlBase: "libggml-base.dylib", ggml: "libggml.metal.v0.4.0.dylib", llama: "libllama.metal.v0.4.0.dylib" },
  },
  "darwin-x64": {
    ...mac,
    packageName: "@node-llama-cpp/mac-x64",
    folder: "mac-x64",
    libraries: { ggmlBase: "libggml-base.dylib", ggml: "libggml.v0.4.0.dylib", llama: "libllama.v0.4.0.dylib" },
  },
  "win32-x64": { ...windows, packageName: "@node-llama-cpp/win-x64", folder: "win-x64", libraries: windowsLibraries },
  "win32-arm64": { ...windows, packageName: "@node-llama-cpp/win-arm64", folder: "win-arm64", libraries: windowsLibraries },
};

/**
 * The build for an operating system and processor, named as Node names them.
 *
 * @throws StageError `unimplemented` when there is none.
 */
export function platformOf(operatingSystem: string, processor: string): Platform {
  const platform = platforms[`${operatingSystem}-${processor}`];
  if (platform !== undefined) return platform;
  throw new StageError(
    "unimplemented",
    `platform: llama.cpp is not available for ${operatingSystem} on ${processor}; it is for ${Object.keys(platforms).join(", ")}`,
  );
}

/** A package found on this machine. */
export interface InstalledPackage {
  readonly version: string;
  /** Folder that holds the libraries. */
  readonly folder: string;
}

/**
 * Finds the package of a platform.
 *
 * @throws StageError `failed_precondition` when it is not installed.
 */
export function findPackage(platform: Platform): InstalledPackage {
  try {
    const entry = createRequire(import.meta.url).resolve(platform.packageName);
    const root = dirname(dirname(entry));
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version?: unknown };
    return { version: String(manifest.version), folder: join(root, "bins", platform.folder) };
  } catch (cause) {
    throw new StageError(
      "failed_precondition",
      `platform: the package with llama.cpp for this machine is missing; install ${platform.packageName}@${platform.packageVersion}`,
      { cause },
    );
  }
}
