/** The engine of Azure AI Vision. */
import type { Engine, EngineStages } from "@iftk/inference";
import { createClient, provider, type AzureOptions } from "./client.js";
import { imageAnalysis } from "./image-analysis.js";

/** What Azure AI Vision gives. */
export type AzureEngine = Engine & Pick<EngineStages, "imageAnalysis">;

/** The engine over Image Analysis 4.0 and its text recognition; `raw` holds parameters of the query, such as `features`. */
export function azure(options: AzureOptions = {}): AzureEngine {
  const client = createClient(options);
  return { provider, imageAnalysis: (of) => imageAnalysis(client, of) };
}
