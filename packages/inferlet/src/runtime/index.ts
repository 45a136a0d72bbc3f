export { createRuntime, runtimeVersion } from "./create-runtime.js";
export type { HostRuntime, RuntimeOptions } from "./create-runtime.js";
export type { MeteredModel, OfferedModel, OfferedStage } from "./meter.js";
export type { LocalProgram, ModuleProgram, Program, RegisteredProgram } from "./registry.js";
export { serveSpawned } from "./serve-spawned.js";
export type { ThreadOptions } from "./thread.js";
