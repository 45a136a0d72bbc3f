/** The engine of Replicate. */
import type { Engine, EngineStages } from "@iftk/inference";
import { audioToText } from "./audio-to-text.js";
import { chat } from "./chat.js";
import { createClient, provider, type ReplicateOptions } from "./client.js";
import { imageAnalysis } from "./image-analysis.js";
import { imageAndTextToVideo } from "./image-and-text-to-video.js";
import { ModelSchemas } from "./model-schema.js";
import { textToImage } from "./text-to-image.js";

/** What Replicate gives. */
export type ReplicateEngine = Engine & Pick<EngineStages, "chat" | "textToImage" | "imageAndTextToVideo" | "imageAnalysis" | "audioToText">;

/**
 * The models on Replicate, each run as a prediction: `owner/name` for official ones, `owner/name:version` for all.
 *
 * Every model has inputs of its own: the engine reads the model's schema and puts what a request asks where the model has a place
 * for it. `raw` holds further inputs. A prediction that nobody waits for any more is cancelled.
 */
export function replicate(options: ReplicateOptions = {}): ReplicateEngine {
  const client = createClient(options);
  const schemas = new ModelSchemas(client);
  return {
    provider,
    chat: (of) => chat(client, schemas, of),
    textToImage: (of) => textToImage(client, schemas, of),
    imageAndTextToVideo: (of) => imageAndTextToVideo(client, schemas, of),
    imageAnalysis: (of) => imageAnalysis(client, schemas, of),
    audioToText: (of) => audioToText(client, schemas, of),
  };
}
