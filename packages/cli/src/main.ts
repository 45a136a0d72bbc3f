/** The command `iftk` as a function. */
import { createRequire } from "node:module";
import { CommanderError } from "commander";
import { errorReport } from "./error-report.js";
import { exitCodeOf, exitCodes } from "./exit-code.js";
import type { Host } from "./host.js";
import { createProgram } from "./program.js";
import { Session } from "./session.js";

/** Runs a command line, without the name of the program, and gives the exit code. All that it opened is closed by then. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  await using session = new Session(host);
  try {
    await createProgram(session, version()).parseAsync(args, { from: "user" });
    return session.stopCode ?? exitCodes.done;
  } catch (error) {
    // Commander has told of its own errors.
    if (error instanceof CommanderError) return exitCodeOf(error);
    const { stopCode } = session;
    if (stopCode !== undefined && stopCode !== exitCodes.failed) return stopCode;
    await session.tell(errorReport(error, { paint: session.paint.error, json: isGiven("--json"), debug: isGiven("--debug") }));
    return exitCodeOf(error);
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
