export type { ReplicateOptions } from "./client.js";
export { replicate } from "./engine.js";
export type { ReplicateEngine } from "./engine.js";
