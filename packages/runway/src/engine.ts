/** The engine of Runway. */
import type { OutputStream } from "@iftk/core";
import type { Engine, EngineStages, MediaPart } from "@iftk/inference";
import { createClient, provider, type RunwayOptions } from "./client.js";
import { imageAndTextToVideo, retrieveVideo } from "./image-and-text-to-video.js";

/** What Runway gives. */
export interface RunwayEngine extends Engine {
  readonly imageAndTextToVideo: EngineStages["imageAndTextToVideo"];
  /** Gives the video of a task by its id, which `onTask`, a finish and an error tell. */
  readonly retrieveVideo: OutputStream<string, MediaPart>;
}

/**
 * The engine over Runway's models that make videos of images. A ratio is taken as the nearest that the model makes; where a model
 * requires what a request leaves out, that is 1280:720 and 5 seconds. A task that nobody waits for any more is cancelled.
 */
export function runway(options: RunwayOptions = {}): RunwayEngine {
  const client = createClient(options);
  return { provider, imageAndTextToVideo: (of) => imageAndTextToVideo(client, of), retrieveVideo: retrieveVideo(client) };
}
