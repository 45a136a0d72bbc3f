#!/usr/bin/env node
/** The command `iftk`. */
import { createReadStream, fstatSync } from "node:fs";
import process from "node:process";
import { main } from "./main.js";

const controller = new AbortController();
const listeners: (() => void)[] = [];

/** The first signal stops the command, or is heard by who asked for it; one more ends the process where it is. */
function onSignal(): void {
  const listener = listeners.at(-1);
  if (listener) return listener();
  if (controller.signal.aborted) process.exit(130);
  controller.abort(new DOMException("stopped by a signal", "AbortError"));
}

function isFolder(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    return false; // it is closed
  }
}

process.on("SIGINT", onSignal);
process.on("SIGTERM", () => {
  listeners.length = 0;
  onSignal();
});
// Whoever hears of it has seen to it; what comes later has nobody to tell.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

const { stdout, stderr, env } = process;
// Node takes a folder at stdin for an empty input; read as a file it is an error.
const stdin = isFolder(0) ? createReadStream("", { fd: 0 }) : process.stdin;
// The elements that show colours ask the environment.
if (process.argv.includes("--no-color")) Object.assign(env, { NO_COLOR: "1" });
const code = await main(process.argv.slice(2), {
  stdin, stdout, stderr, env,
  signal: controller.signal,
  onInterrupt(listener) {
    listeners.push(listener);
    return () => void (listeners.includes(listener) && listeners.splice(listeners.indexOf(listener), 1));
  },
});
// What is written is given time to go out.
await Promise.all([stdout, stderr].map((output) => new Promise((resolve) => (output.destroyed ? resolve(undefined) : output.write("", resolve)))));
process.exitCode = code;
// A signal is answered before elements have put away their files: they are waited for, but not a stdin that never ends or a connection that is kept alive.
stdin.destroy();
setTimeout(() => process.exit(), 1000).unref();
