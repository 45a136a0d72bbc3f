/** The command `iftk` as a function. */
import { createRequire } from "node:module";
import { CommanderError } from "commander";
import { errorReport } from "./error-report.js";
import { exitCodeOf, exitCodes, usageError } from "./exit-code.js";
import type { Host } from "./host.js";
import { createProgram } from "./program.js";
import { Session } from "./session.js";

/** Runs a command line, without the name of the program, and gives the exit code. All that it opened is closed by then. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  const env = isGiven("--no-color") ? { ...host.env, NO_COLOR: "1" } : host.env;
  await using session = new Session({ ...host, env });
  const report = { paint: session.paint.error, json: isGiven("--json"), debug: isGiven("--debug") };
  try {
    await runProgram();
    await session.flush();
    return session.stopCode ?? exitCodes.done;
  } catch (error) {
    const { stopCode } = session;
    if (stopCode !== undefined && stopCode !== exitCodes.failed) return stopCode;
    await session.tell(errorReport(error, report));
    return exitCodeOf(error);
  }

  /** Commander's own ends: help and a version, which are output, and a command line that cannot be followed. */
  async function runProgram(): Promise<void> {
    const [out, told] = [[] as string[], [] as string[]];
    try {
      await createProgram(session, version(), { out: (text) => out.push(text), error: (text) => told.push(text) }).parseAsync(args, { from: "user" });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      await session.write(out.join(""));
      if (error.exitCode !== 0) throw usageError(told.join("").trim(), error);
    }
  }

  function isGiven(option: string): boolean {
    const end = args.indexOf("--");
    return (end < 0 ? args : args.slice(0, end)).includes(option);
  }
}

function version(): string {
  const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };
  return version;
}
