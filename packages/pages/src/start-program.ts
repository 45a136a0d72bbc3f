/** Programs in processes of their own, run from source. */
import { spawn } from "node:child_process";
import process from "node:process";

/** How a process ended and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface StartedProgram {
  /** The address that it printed; rejects when it ends before. */
  readonly address: Promise<string>;
  readonly ended: Promise<Ended>;
  /** Sends it SIGINT, as Ctrl+C does. */
  interrupt(): void;
}

const sourceLoader = new URL("./source-loader.mjs", import.meta.url).href;

/** Starts the TypeScript file at the path; of this process's environment it inherits all but PORT, HOST and IFTK_MODEL. */
export function startProgram(path: string, environment: Readonly<Record<string, string>>, args: readonly string[] = []): StartedProgram {
  const { PORT: _port, HOST: _host, IFTK_MODEL: _model, ...rest } = process.env;
  const child = spawn(process.execPath, ["--no-warnings", "--conditions=@iftk/source", "--import", sourceLoader, path, ...args], {
    env: { ...rest, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  const address = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const url = /http:\/\/\S+/.exec(stdout)?.[0];
      if (url) resolve(url);
    });
    ended.then(() => reject(new Error(`the program ended before it was ready: ${stderr}`)), reject);
  });
  address.catch(() => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return { address, ended, interrupt: () => void child.kill("SIGINT") };
}
