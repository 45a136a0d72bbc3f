export type { RunwayOptions } from "./client.js";
export { runway } from "./engine.js";
export type { RunwayEngine } from "./engine.js";
export { fitPrompt } from "./fit-prompt.js";
