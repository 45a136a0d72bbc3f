export { chat } from "./chat.js";
export type { ChatDefaults, ChatOptions } from "./chat.js";
export { llama } from "./engine.js";
export type { LlamaEngine, LlamaEngineOptions } from "./engine.js";
export { openLlama } from "./llama-backend.js";
export type { LlamaOptions } from "./llama-options.js";
export type { LogLevel, LogListener } from "./log.js";
