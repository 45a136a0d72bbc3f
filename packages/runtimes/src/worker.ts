/** The worker of the program, in every runtime. */
import { serveStages, type WorkerPort } from "@iftk/core/worker";
import { served } from "./served.js";

// Node alone hands a worker its port in a module; to others it is the global scope.
const isNode = typeof (globalThis as { postMessage?: unknown }).postMessage !== "function";
const port = isNode ? process.getBuiltinModule("node:worker_threads").parentPort : globalThis;
serveStages(port as unknown as WorkerPort, served);
