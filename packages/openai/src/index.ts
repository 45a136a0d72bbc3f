export type { OpenaiChatApi } from "./chat-api.js";
export type { OpenaiOptions } from "./client.js";
export { openai } from "./engine.js";
export type { OpenaiChatOptions, OpenaiEngine } from "./engine.js";
