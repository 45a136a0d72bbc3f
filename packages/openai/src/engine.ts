/** OpenAI, and whatever speaks as it does, as an engine. */
import type { ChatOptions, Engine, EngineStages } from "@iftk/inference";
import { chat, type OpenaiChatApi } from "./chat.js";
import { connect, type OpenaiOptions } from "./client.js";

/** What OpenAI's models can do. */
export interface OpenaiEngine extends Engine {
  /** By `api`: `responses`, `chat-completions` or `completions`. */
  readonly chat: (options: ChatOptions & { readonly api?: OpenaiChatApi | (string & {}) | undefined }) => ReturnType<EngineStages["chat"]>;
}

/**
 * The engine over OpenAI, or over a server that is compatible with it at `baseUrl`. Nothing is opened before the first read of a stage.
 *
 * @throws StageError `invalid_argument` for a base URL that is none.
 */
export function openai(options: OpenaiOptions = {}): OpenaiEngine {
  const connection = connect(options);
  return {
    provider: connection.provider,
    chat: (chatOptions) => chat(connection, chatOptions),
  };
}
