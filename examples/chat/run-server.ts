/** The server's entry in a process of its own, run from source. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const sourceLoader = pathToFileURL(join(import.meta.dirname, "source-loader.mjs")).href;

/** How the process ended and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server process. */
export interface ServerRun {
  /** The address that it printed; rejects when it ends before. */
  readonly address: Promise<string>;
  readonly ended: Promise<Ended>;
  interrupt(): void;
}

/** Starts `server.ts` with these environment variables and arguments; the page it serves is not bundled. */
export function runServer(environment: Readonly<Record<string, string>>, args: readonly string[] = []): ServerRun {
  const { PORT: _port, HOST: _host, IFTK_MODEL: _model, ...rest } = process.env;
  const child = spawn(process.execPath, ["--no-warnings", "--conditions=@iftk/source", "--import", sourceLoader, join(import.meta.dirname, "server.ts"), ...args], {
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
    ended.then(() => reject(new Error(`the server ended before it was ready: ${stderr}`)), reject);
  });
  address.catch(() => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return { address, ended, interrupt: () => void child.kill("SIGINT") };
}
