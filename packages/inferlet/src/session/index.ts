export { isFileMessage } from "./file-message.js";
export type { FileMessage } from "./file-message.js";
export { inferlet, isInferlet, valueOf } from "./inferlet.js";
export type { Inferlet, InferletOptions, Outcome } from "./inferlet.js";
export { runtimeValue } from "./runtime.js";
export type { Runtime, SpawnLimits, SpawnOptions, SpawnStageOptions } from "./runtime.js";
export type { FileOptions, Session } from "./session.js";
