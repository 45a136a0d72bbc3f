/** A worker of the runtime that the program runs in. */
import type { WorkerPort } from "@iftk/core/worker";

/** A worker, and how it is stopped. */
export interface StartedWorker {
  readonly port: WorkerPort;
  stop(): void;
}

/** Starts the worker that is bundled beside the program: a web worker, or where there is none a thread of Node. */
export function startWorker(): StartedWorker {
  const url = new URL("./worker.js", import.meta.url);
  const worker = typeof Worker === "function" ? new Worker(url, { type: "module" }) : new (process.getBuiltinModule("node:worker_threads").Worker)(url);
  return { port: worker, stop: () => void worker.terminate() };
}
