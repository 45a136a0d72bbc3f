export type { HuggingfaceOptions } from "./client.js";
export { huggingface } from "./engine.js";
export type { HuggingfaceEngine } from "./engine.js";
