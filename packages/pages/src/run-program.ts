/** Programs that serve at a port: what they say of themselves, where they listen, and how they fail. */
import process from "node:process";
import { inspect } from "node:util";
import { StageError } from "@iftk/core";

/** Where a program listens, and the signals on which it goes; `listen` takes it as it is. */
export interface Place {
  readonly port: number;
  readonly host: string;
  readonly drainOn: readonly NodeJS.Signals[];
}

export interface Program {
  /** What it does, in a sentence. */
  readonly about: string;
  /** Environment variables of its own, each with what it sets. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Serves until it is told to go. */
  readonly run: (place: Place) => Promise<void>;
}

const commonSettings: Readonly<Record<string, string>> = {
  PORT: "port to listen at; 3000 without it, 0 for any free one",
  HOST: "address to listen at; 127.0.0.1 without it",
};

/**
 * Runs a program at the place that PORT and HOST name, or prints its help where the command line asks for that.
 * Of a StageError it prints the message alone, of any other error all there is, and the program ends with exit code 1.
 */
export async function runProgram({ about, settings, run }: Program): Promise<void> {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    process.stdout.write(helpText(about, { ...commonSettings, ...settings }));
    return;
  }
  try {
    const { PORT = "3000", HOST: host = "127.0.0.1" } = process.env;
    await run({ port: portFrom(PORT), host, drainOn: ["SIGINT", "SIGTERM"] });
  } catch (error) {
    process.stderr.write(`${StageError.is(error) ? error.message : inspect(error)}\n`);
    process.exitCode = 1;
  }
}

function helpText(about: string, settings: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(settings).map(({ length }) => length));
  const lines = Object.entries(settings).map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`);
  return `${about}\n\n${lines.join("\n")}\n`;
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new StageError("invalid_argument", `PORT is ${JSON.stringify(text)}, which is not a port: give a whole number from 0 to 65535.`);
  return port;
}
