/** Stages and buses across threads: `@iftk/core/worker`. */
export { bridge } from "./worker-bridge.js";
export type { Bridge, BridgeOptions } from "./worker-bridge.js";
export type { WorkerOptions } from "./worker-duplex.js";
export type { WorkerPort } from "./worker-link.js";
export { serveStages, workerStage } from "./worker-stage.js";
export type { ServedStages, WorkerStage } from "./worker-stage.js";
