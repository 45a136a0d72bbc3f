/** The runtimes other than the browser, as programs: the one that the tests run in, and others from the npm registry. */
import { spawn } from "node:child_process";
import process from "node:process";

/** A runtime that runs the bundled program from the command line. */
export interface CommandRuntime {
  readonly name: "node" | "deno" | "bun";
  /** The exact version that is fetched; of Node, one of the same major version at hand is used as it is. */
  readonly version: string;
}

/** How a command ended. */
interface Ended {
  /** Null when it was killed, as it is after the time limit, or could not be started. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How each prints where it lies, and how it is asked to run a file. */
const arguments_ = {
  node: { locate: ["-p", "process.execPath"], run: [] },
  deno: { locate: ["eval", "console.log(Deno.execPath())"], run: ["run", "--no-prompt", "--allow-read"] },
  bun: { locate: ["-p", "process.execPath"], run: ["run"] },
} as const;

/**
 * The path of the runtime's program, fetched through npx where it is not at hand.
 *
 * @throws Error that tells why it cannot be had.
 */
export async function findBinary({ name, version }: CommandRuntime): Promise<string> {
  if (name === "node" && process.versions.bun === undefined && process.versions.node.split(".")[0] === version.split(".")[0]) return process.execPath;
  const { status, stdout, stderr } = await end("npx", ["--yes", "--prefer-offline", "--package", `${name}@${version}`, "--", name, ...arguments_[name].locate], 180_000);
  const path = stdout.trim().split("\n").at(-1) ?? "";
  if (status !== 0 || path === "") throw new Error(`${name} ${version} cannot be had from the npm registry: ${stderr.split("\n").filter((line) => / error /.test(line)).slice(0, 4).join(" | ") || stderr || `status ${status}`}`);
  return path;
}

/**
 * What the program prints when the runtime runs it.
 *
 * @throws Error with what it wrote on stderr, when it fails or takes more than three minutes.
 */
export async function runProgram(binary: string, { name }: CommandRuntime, program: string): Promise<string> {
  const { status, stdout, stderr } = await end(binary, [...arguments_[name].run, program], 180_000);
  if (status !== 0) throw new Error(`${name} ended the program with status ${status}: ${stderr.slice(-2000)}`);
  return stdout;
}

/** Runs a command to its end. */
function end(command: string, args: readonly string[], timeout: number): Promise<Ended> {
  // An npx above us has said in the environment what it was to run, and the one below would take it for its own.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_config_(call|package)$|^NODE_OPTIONS$/i.test(key)));
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, timeout, shell: process.platform === "win32", stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", (error) => resolve({ status: null, stdout, stderr: error.message }));
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
}
