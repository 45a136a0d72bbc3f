/** The engine of Stability AI. */
import type { Engine, EngineStages } from "@iftk/inference";
import { createClient, type StabilityOptions, provider } from "./client.js";
import { textToImage } from "./text-to-image.js";

/** What Stability AI gives. */
export type StabilityEngine = Engine & Pick<EngineStages, "textToImage">;

/**
 * The engine over Stability AI. By the API `v2beta` a model is `core`, `ultra`, one of the `sd3` family such as `sd3.5-large`, or the
 * path of an editor such as `edit/inpaint` or `control/sketch`; by `v1` it is the name of an engine. `raw` holds further fields, such
 * as `strength` or `style_preset`.
 */
export function stability(options: StabilityOptions = {}): StabilityEngine {
  const client = createClient(options);
  return { provider, textToImage: (of) => textToImage(client, of) };
}
