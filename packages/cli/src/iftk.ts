#!/usr/bin/env node
/** The command `iftk`. */
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
process.on("SIGINT", onSignal);
process.on("SIGTERM", () => {
  listeners.length = 0;
  onSignal();
});
// Whoever hears of it has seen to it; what comes later has nobody to tell.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

const { stdin, stdout, stderr, env } = process;
const code = await main(process.argv.slice(2), {
  stdin, stdout, stderr, env,
  signal: controller.signal,
  onInterrupt(listener) {
    listeners.push(listener);
    return () => void (listeners.includes(listener) && listeners.splice(listeners.indexOf(listener), 1));
  },
});
// A stdin that never ends, or a connection that is kept alive, would hold the process up; what is written is given time to go out.
await Promise.all([stdout, stderr].map((output) => new Promise((resolve) => (output.destroyed ? resolve(undefined) : output.write("", resolve)))));
process.exit(code);
