export type { StabilityOptions } from "./client.js";
export { stability } from "./engine.js";
export type { StabilityEngine } from "./engine.js";
