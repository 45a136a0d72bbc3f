/** OpenAI, and whatever speaks as it does, as an engine. */
import type { AudioOptions, ChatOptions, EmbeddingsOptions, Engine, EngineStages, ImageOptions, SpeechOptions } from "@iftk/inference";
import type { BatchJobs } from "@iftk/inference/batch";
import { audioToText } from "./audio-to-text.js";
import { batch } from "./batch.js";
import { chat } from "./chat.js";
import type { OpenaiChatApi } from "./chat-api.js";
import { connect, type OpenaiOptions } from "./client.js";
import { embeddings } from "./embeddings.js";
import { textToImage } from "./text-to-image.js";
import { textToSpeech } from "./text-to-speech.js";

/** A model of chat, by one of the three APIs. */
export type OpenaiChatOptions = ChatOptions & { readonly api?: OpenaiChatApi | (string & {}) | undefined };

/** What OpenAI's models can do. */
export interface OpenaiEngine extends Engine {
  /** By `api`: `responses`, `chat-completions` or `completions`. */
  readonly chat: (options: OpenaiChatOptions) => ReturnType<EngineStages["chat"]>;
  readonly textToImage: (options: ImageOptions) => ReturnType<EngineStages["textToImage"]>;
  readonly audioToText: (options: AudioOptions) => ReturnType<EngineStages["audioToText"]>;
  readonly textToSpeech: (options: SpeechOptions) => ReturnType<EngineStages["textToSpeech"]>;
  readonly embeddings: (options: EmbeddingsOptions) => ReturnType<EngineStages["embeddings"]>;
  /** Chats that are answered within a day, at half the price. */
  readonly batch: (options: OpenaiChatOptions) => BatchJobs;
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
    textToImage: (imageOptions) => textToImage(connection, imageOptions),
    audioToText: (audioOptions) => audioToText(connection, audioOptions),
    textToSpeech: (speechOptions) => textToSpeech(connection, speechOptions),
    embeddings: (embeddingsOptions) => embeddings(connection, embeddingsOptions),
    batch: (chatOptions) => batch(connection, chatOptions),
  };
}
