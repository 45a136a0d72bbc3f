/** The files that a prediction gives. */
import { StageError, type Call } from "@iftk/core";
import { batches, type MediaPart, type Progress } from "@iftk/inference";
import type { HttpResponse } from "@iftk/inference/http";
import { bytesOf, mediaTypeOf } from "@iftk/inference/media";
import { provider, type Client } from "./client.js";
import { unexpected } from "./failure.js";
import { progressOf, usageOf, type Running } from "./prediction.js";
import { finishOf } from "./prediction-text.js";

/** What is told of each file beside its bytes. */
export interface MediaFacts {
  readonly seed?: number;
}

/** How far the prediction is, whenever that changes, then its files as they are downloaded, one after the other. */
export async function* mediaOf(client: Client, running: Running, call: Call, kind: "images" | "seconds", facts: MediaFacts = {}): AsyncGenerator<readonly MediaPart[], void, undefined> {
  let last = running.prediction;
  let told: Progress | undefined;
  for await (const state of running.states()) {
    last = state;
    const progress = progressOf(state);
    if (progress.status !== told?.status || progress.fraction !== told.fraction) yield [progress];
    told = progress;
  }
  const urls = filesIn(last.output);
  if (urls.length === 0) throw unexpected("a file");
  for (const [index, url] of urls.entries()) yield* download(client, url, index, facts, call);
  const usage = usageOf(last);
  yield [finishOf(last, kind === "images" ? { ...usage, images: urls.length } : usage)];
}

const mostFiles = 64;

/** The URLs in an output: one, a list of them, or those in the fields of an object. */
function filesIn(output: unknown, depth = 0): string[] {
  if (typeof output === "string") return /^(https?|data):/i.test(output) ? [output] : [];
  if (typeof output !== "object" || output === null || depth > 2) return [];
  return Object.values(output).flatMap((item) => filesIn(item, depth + 1)).slice(0, mostFiles);
}

const maxInlineBytes = 256 * 2 ** 20;

async function* download(client: Client, url: string, index: number, facts: MediaFacts, { signal }: Call): AsyncGenerator<readonly MediaPart[], void, undefined> {
  if (url.startsWith("data:")) {
    const { bytes, mediaType } = await bytesOf({ url }, { signal, maxBytes: maxInlineBytes });
    yield [{ type: "media-start", index, mediaType, size: bytes.length, ...facts }, { type: "media-delta", index, bytes }, { type: "media-end", index }];
    return;
  }
  if (!client.isTrusted(url)) throw new StageError("permission_denied", `${provider}: the model names a file on a host that is not Replicate's, which is not fetched`, { reason: "host" });
  const response = await client.send(url, { signal });
  const size = response.headers.has("content-encoding") ? Number.NaN : Number(response.headers.get("content-length") ?? Number.NaN);
  let isEmpty = true;
  for await (const pieces of batches(response.bytes)) {
    const [first] = pieces;
    if (isEmpty && first) {
      isEmpty = false;
      yield [{ type: "media-start", index, mediaType: await typeOf(response, first), ...(size > 0 && { size }), ...facts }];
    }
    yield pieces.map((bytes) => ({ type: "media-delta", index, bytes }) as const);
  }
  if (isEmpty) throw unexpected("a file, but empty");
  yield [{ type: "media-end", index }];
}

/** What a file is, by its headers or else by its first bytes. Throws where it is no medium, such as a page that tells of an error. */
async function typeOf({ headers }: HttpResponse, first: Uint8Array): Promise<string> {
  const told = headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  const mediaType = isMedium.test(told) ? told : await mediaTypeOf(first);
  if (!mediaType || !isMedium.test(mediaType)) throw unexpected("an image, audio or a video");
  return mediaType;
}

const isMedium = /^(image|audio|video)\//;
