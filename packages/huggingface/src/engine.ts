/** The engine of Hugging Face. */
import type { Engine, EngineStages } from "@iftk/inference";
import { audioToText } from "./audio-to-text.js";
import { chat } from "./chat.js";
import { createClient, provider, type HuggingfaceOptions } from "./client.js";
import { embeddings } from "./embeddings.js";
import { imageAnalysis } from "./image-analysis.js";
import { textToImage } from "./text-to-image.js";

/** What Hugging Face gives. */
export type HuggingfaceEngine = Engine & Pick<EngineStages, "chat" | "textToImage" | "imageAnalysis" | "audioToText" | "embeddings">;

/**
 * The models of Hugging Face: over its router and all Inference Providers behind it, and on endpoints of one's own.
 *
 * A model is `owner/name`, `owner/name:provider`, or the URL of an endpoint.
 */
export function huggingface(options: HuggingfaceOptions = {}): HuggingfaceEngine {
  const client = createClient(options);
  return {
    provider,
    chat: (of) => chat(client, of),
    textToImage: (of) => textToImage(client, of),
    imageAnalysis: (of) => imageAnalysis(client, of),
    audioToText: (of) => audioToText(client, of),
    embeddings: (of) => embeddings(client, of),
  };
}
