export { chat } from "./chat.js";
export type { ChatDefaults, ChatOptions } from "./chat.js";
export { openLlama } from "./llama-backend.js";
export type { LlamaOptions } from "./llama-options.js";
export type { LogLevel, LogListener } from "./log.js";
