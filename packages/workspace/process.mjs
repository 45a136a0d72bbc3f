/** Child processes of the bootstrap: quiet ones whose output matters only on failure, and the one in front. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A failure that the message alone explains; no stack is printed. */
export class Failure extends Error {}

/** Prints one line of progress on stderr, so that stdout stays the program's own. */
export function progress(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs a command to its end and gives `{ status, output, error? }`; nothing is printed. */
export function runQuietly(command, args, options = {}) {
  const result = spawnSync(command, args, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: command.endsWith(".cmd"),
  });
  if (result.signal === "SIGINT" || result.signal === "SIGTERM") throw new Failure("Interrupted.");
  return { status: result.status, output: `${result.stdout ?? ""}${result.stderr ?? ""}`, error: result.error };
}

/**
 * Runs a command in front: its streams are ours, signals sent to us reach it, and its exit status is given.
 * A terminal sends Ctrl+C to both of us already, so it is passed on only without one.
 */
export function runInFront(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: "inherit" });
    const terminal = Boolean(process.stdin.isTTY);
    const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
      const handler = () => {
        if (signal !== "SIGINT" || !terminal) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler];
    });
    // npm runs us in a shell, and neither always passes its own end on: it has to be seen.
    const above = process.env["npm_lifecycle_event"] === undefined ? () => "" : ancestors;
    const before = above();
    const watch = setInterval(() => {
      if (above() !== before) child.kill("SIGTERM");
    }, 250);
    const settle = () => {
      clearInterval(watch);
      handlers.forEach(([signal, handler]) => process.removeListener(signal, handler));
    };
    child.once("error", (error) => {
      settle();
      reject(new Failure(`${command} could not be started: ${error.message}`));
    });
    child.once("exit", (status, signal) => {
      settle();
      resolve({ status: status ?? 1, signal });
    });
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
