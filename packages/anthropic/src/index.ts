export { anthropic } from "./engine.js";
export type { AnthropicEngine } from "./engine.js";
export type { AnthropicOptions } from "./client.js";
