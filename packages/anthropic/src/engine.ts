/** Anthropic's models as stages. */
import type { OutputStream } from "@iftk/core";
import type { ChatOptions, ChatRequest, Engine, Part } from "@iftk/inference";
import type { BatchJobs } from "@iftk/inference/batch";
import { batchOf } from "./batch.js";
import { chatOf } from "./chat.js";
import { askBy, type AnthropicOptions } from "./client.js";

/** The engine of Anthropic: chat with thinking, tools, images and documents, and chats in batches. */
export interface AnthropicEngine extends Engine {
  readonly provider: "anthropic";
  readonly chat: (options: ChatOptions) => OutputStream<ChatRequest, Part>;
  /** Chats that are answered within a day, at half the price. */
  readonly batch: (options: ChatOptions) => BatchJobs;
}

/** Gives the engine. Nothing is read or opened before one of its stages runs. */
export function anthropic(options: AnthropicOptions = {}): AnthropicEngine {
  const ask = askBy(options);
  return {
    provider: "anthropic",
    chat: (chat) => chatOf(ask, chat, options),
    batch: (chat) => batchOf(ask, chat, options),
  };
}
