/** Our request for a video as Runway's. */
import { StageError } from "@iftk/core";
import { defined, type Media, type VideoOptions, type VideoRequest } from "@iftk/inference";
import { base64Of } from "@iftk/inference/media";
import { provider } from "./client.js";
import { modelTraits } from "./model-traits.js";

/** A body, and what of the request is not in it. */
export interface VideoBody {
  readonly body: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** What the request says, in the fields of the model; all but the image. */
export function videoBody({ model, raw }: VideoOptions, { prompt, duration, ratio, seed }: VideoRequest): VideoBody {
  const traits = modelTraits.get(model);
  const warnings: string[] = [];
  if (prompt !== undefined && traits?.longestPrompt !== undefined && prompt.length > traits.longestPrompt) {
    throw new StageError("invalid_argument", `${provider}: the prompt has ${prompt.length} characters, and ${model} takes ${traits.longestPrompt}; shorten it, or let fitPrompt do so`, { reason: "context-length" });
  }
  if (seed !== undefined && traits && !traits.hasSeed) warnings.push(`${provider}: seed is left out: ${model} takes none`);
  const wanted = ratio === undefined || !traits ? ratio : ratioOf(model, ratio, traits.ratios, warnings);
  const fields = { promptText: prompt, duration, ratio: wanted, seed: traits?.hasSeed === false ? undefined : seed };
  return { body: { model, ...traits?.required, ...defined(fields), ...raw }, warnings };
}

/** Differences of ratios that count as none, as a factor. */
const tolerance = 1.02;

/** The ratio of the model that comes nearest to the one that is asked for. */
function ratioOf(model: string, ratio: string, ratios: readonly string[], warnings: string[]): string | undefined {
  const [first] = ratios;
  if (first === undefined) {
    warnings.push(`${provider}: ratio is left out: ${model} makes videos in that of the image`);
    return undefined;
  }
  if (ratios.includes(ratio)) return ratio;
  const distance = (one: string): number => Math.abs(Math.log(quotient(one) / quotient(ratio)));
  const nearest = ratios.reduce((best, next) => (distance(next) < distance(best) - 1e-9 ? next : best), first);
  const isInPixels = Number(ratio.split(":")[0]) > 100;
  if (isInPixels || distance(nearest) > Math.log(tolerance)) warnings.push(`${provider}: ${model} does not make ${ratio}: it is asked for the nearest, ${nearest}`);
  return nearest;
}

function quotient(ratio: string): number {
  const [width = 1, height = 1] = ratio.split(":").map(Number);
  return Math.max(width, 1) / Math.max(height, 1);
}

/** Characters that a data URL may have. */
const longestDataUrl = 5 * 2 ** 20;

/**
 * The image as Runway takes it: a https URL, which it fetches, or a data URL.
 *
 * Throws StageError `invalid_argument`, reason `too-large`, and what `bytesOf` throws.
 */
export async function imageUrl(image: Media, signal: AbortSignal): Promise<string> {
  if ("url" in image && /^https:/iu.test(image.url)) return image.url;
  const { base64, mediaType } = await base64Of(image, { signal });
  const url = `data:${mediaType};base64,${base64}`;
  if (url.length >= longestDataUrl) throw new StageError("invalid_argument", `${provider}: the image has ${(url.length / 2 ** 20).toFixed(1)} MB in base64, and less than 5 are taken; send a smaller one, or give it as a https URL`, { reason: "too-large" });
  return url;
}
