/** The Node and the pnpm that this repository is built with; fetched from the npm registry where they are missing. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, progress, runQuietly } from "./process.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

const nodeVersion = "24.21.0";
const pnpmVersion = "12.21.0";
const toolsFolder = join(root, ".iftk-tools");
const windows = process.platform === "win32";

/** Tells whether a Node version builds and runs this repository: 22.19, 24.11 or 26 and later, even majors. */
export function isSupportedNode(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26;
}

/** The package that holds the Node binary of this machine, and where in it the binary lies. */
function nodePackage() {
  const platform = windows ? "win" : process.platform;
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const name = `${prefix}-${platform}-${process.arch}`;
  return { name, binary: join(toolsFolder, "node_modules", name, "bin", windows ? "node.exe" : "node") };
}

/** Gives `{ node, pnpm, env }`, fetching what is missing; `env` puts this Node first on the PATH. */
export async function prepareToolchain() {
  const atHand = isSupportedNode(process.versions.node);
  const node = atHand ? process.execPath : nodePackage().binary;
  const wanted = [...(atHand ? [] : [`${nodePackage().name}@${nodeVersion}`]), `pnpm@${pnpmVersion}`];
  const stamp = join(toolsFolder, "stamp");
  const text = `${wanted.join("\n")}\n`;
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== text || !existsSync(node)) {
    rmSync(toolsFolder, { recursive: true, force: true });
    mkdirSync(toolsFolder);
    writeFileSync(join(toolsFolder, "package.json"), '{ "private": true }\n');
    const what = atHand ? `pnpm ${pnpmVersion}` : `pnpm ${pnpmVersion} and Node ${nodeVersion} (this is Node ${process.versions.node})`;
    progress(`Fetching ${what} (first time only) ...`);
    await fetchTools(wanted);
    if (!existsSync(node)) {
      throw new Failure(`There is no Node ${nodeVersion} for ${process.platform} on ${process.arch} in the npm registry. Install Node 24 from https://nodejs.org and try again.`);
    }
    writeFileSync(stamp, text);
  }
  const env = { ...process.env };
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  env[pathKey] = [dirname(node), join(root, "node_modules", ".bin"), env[pathKey]].filter(Boolean).join(delimiter);
  return { node, pnpm: join(toolsFolder, "node_modules", ".bin", windows ? "pnpm.cmd" : "pnpm"), env };
}

async function fetchTools(wanted) {
  const npm = process.env["npm_execpath"];
  const [command, ...first] = npm !== undefined && basename(npm) === "npm-cli.js" ? [process.execPath, npm] : [windows ? "npm.cmd" : "npm"];
  const result = await runQuietly(command, [
    ...first, "install", "--prefix", toolsFolder, "--no-save", "--no-audit", "--no-fund", "--no-update-notifier",
    "--no-package-lock", "--prefer-offline", "--loglevel=error", "--ignore-scripts=false",
    "--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000", ...wanted,
  ], { cwd: toolsFolder });
  if (result.status !== 0) throw new Failure(installFailure("npm could not fetch the build tools.", result));
}

/** Says why an install failed: the network where the output points to it, otherwise the end of the output. */
export function installFailure(title, { status, error, output }) {
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|dns error|error sending request|network/i.test(output);
  const advice = offline
    ? "The npm registry cannot be reached. The first run needs a network (or a proxy or mirror, set with `npm config set registry` or HTTPS_PROXY); later runs do not."
    : "The output above says why; `npm cache verify` helps when a download was cut short.";
  const details = output.trim().split("\n").slice(-25).map((line) => `  ${line}`).join("\n");
  return `${error === undefined ? `${title} (exit status ${status})` : `${title} ${error.message}`}\n${details}\n${advice}`;
}
