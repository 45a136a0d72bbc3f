/** Child processes of the bootstrap: quiet ones whose output matters only on failure, and the one in front. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** A failure that the message alone explains; no stack is printed. */
export class Failure extends Error {}

/** Prints one line of progress on stderr, so that stdout stays the program's own. */
export function progress(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs a command to its end and gives `{ status, output, error? }`; nothing is printed. Rejects when interrupted. */
export async function runQuietly(command, args, options = {}) {
  let output = "";
  const take = (chunk) => void (output = `${output}${chunk}`.slice(-1_000_000));
  const { status, signal, error } = await run(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }, (child) => {
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
  });
  if (signal !== null) throw new Failure(`Interrupted by ${signal}.`);
  return { status, output, error };
}

/** Runs a command in front, with our streams as its own, and gives `{ status, signal }`. */
export async function runInFront(command, args, options = {}) {
  const { status, signal, error } = await run(command, args, { ...options, stdio: "inherit" }, () => {});
  if (error !== undefined) throw new Failure(`${command} could not be started: ${error.message}`);
  return { status, signal };
}

/**
 * Runs a command; signals that reach us reach it, and it ends when what we run under ends.
 * A terminal sends Ctrl+C to both of us already, so that one is passed on only without a terminal.
 */
function run(command, args, options, started) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, shell: command.endsWith(".cmd") });
    let interruption = null;
    const end = (signal) => {
      interruption = signal;
      child.kill(signal);
    };
    const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => [
      signal,
      () => {
        interruption = signal;
        if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
      },
    ]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    // npm runs us in a shell, and neither always passes its own end on: it has to be seen.
    const above = process.env["npm_lifecycle_event"] === undefined ? () => "" : ancestors;
    const before = above();
    const watch = setInterval(() => {
      if (above() !== before) end("SIGTERM");
    }, 250);
    const settle = (result) => {
      clearInterval(watch);
      for (const [signal, handler] of handlers) process.removeListener(signal, handler);
      resolve(result);
    };
    child.once("error", (error) => settle({ status: 1, signal: null, error }));
    // A child that ends well although a signal came has handled it, and its status is what counts.
    child.once("close", (status, signal) => settle({ status: status ?? 1, signal: signal ?? (status === 0 ? null : interruption) }));
    started(child);
  });
}

/** The processes that we run under: the parent and, where the system tells, the one above it. */
function ancestors() {
  try {
    const [, fields] = /.*\) (.*)/s.exec(readFileSync(`/proc/${process.ppid}/stat`, "utf8")) ?? [];
    return `${process.ppid} ${fields?.split(" ")[1]}`;
  } catch {
    return String(process.ppid);
  }
}
