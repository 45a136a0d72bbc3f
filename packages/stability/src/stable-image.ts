/** Images by version 2 of the API, each as it is sent. */
import { concat, from, outputStream, pipe, StageError, sync, unary, type Call, type Stream, type SyncRun } from "@iftk/core";
import type { Finish, ImageRequest, MediaPart, MediaStart } from "@iftk/inference";
import type { HttpResponse } from "@iftk/inference/http";
import { pathOf, provider, unsupported, type Client } from "./client.js";
import { failureIn, filtered, unexpected } from "./failure.js";
import { ratioFor } from "./image-size.js";
import { fileOf, formOf } from "./images-in.js";

/** What is asked for, and of which model. */
export interface Order {
  readonly model: string;
  readonly raw: Readonly<Record<string, unknown>> | undefined;
  readonly request: ImageRequest;
}

/** Characters that a prompt may have. */
const longestPrompt = 10_000;

/** The parts of all images: one request for each, one after the other. */
export function stableImages(client: Client, order: Order, call: Call): Stream<MediaPart> {
  const { count = 1 } = order.request;
  const { path, fields, warnings } = write(order);
  const ids: string[] = [];
  const send = unary(async function send(index: number, { signal }): Promise<Answer> {
    const response = await client.post(path, formOf({ ...fields, ...(await filesOf(order.request, signal)), ...seedOf(order, index), ...order.raw }), "image/*", signal);
    const id = response.headers.get("x-request-id");
    if (id) ids.push(id);
    return check(client, response, index);
  });
  const read = outputStream(function read({ response, start }: Answer): Stream<MediaPart> {
    return sync("image", () => imageRun(start))(response.bytes);
  });
  const images = Array.from({ length: count }, (_, index) => pipe(send, read)(index, call));
  function* end(): Generator<Finish> {
    const [id] = ids;
    yield { type: "finish", reason: { unified: "stop", raw: "SUCCESS" }, usage: { inputTokens: 0, outputTokens: 0, images: count, estimated: true }, response: { ...(id !== undefined && { id }), model: order.model } };
  }
  return concat(from(warnings.map((message): MediaPart => ({ type: "warning", message }))), ...images, from(end()));
}

interface Answer {
  readonly response: HttpResponse;
  readonly start: MediaStart;
}

/** The answer, where it is an image that is not withheld. */
async function check(client: Client, response: HttpResponse, index: number): Promise<Answer> {
  const { headers } = response;
  const mediaType = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (headers.get("finish-reason") === "CONTENT_FILTERED") {
    response.close();
    throw filtered();
  }
  if (mediaType === "application/json") throw failureIn(await response.json(), client.secrets());
  if (!mediaType.startsWith("image/")) {
    response.close();
    throw unexpected("an image");
  }
  const size = Number(headers.get("content-length") ?? Number.NaN);
  const seed = Number(headers.get("seed") ?? Number.NaN);
  return { response, start: { type: "media-start", index, mediaType, ...(size > 0 && !headers.has("content-encoding") && { size }), ...(Number.isInteger(seed) && { seed }) } };
}

/** Gives the bytes on, the first of them with what is known before. */
function imageRun(start: MediaStart): SyncRun<Uint8Array, MediaPart> {
  const { index } = start;
  let isEmpty = true;
  return {
    take(bytes) {
      const delta: MediaPart = { type: "media-delta", index, bytes };
      if (!isEmpty) return [delta];
      isEmpty = false;
      return [start, delta];
    },
    end() {
      if (isEmpty) throw unexpected("an image, but empty");
      return [{ type: "media-end", index }];
    },
  };
}

interface Written {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** How far an image to start from may be changed, from 0 to 1, where `raw` does not say. */
const defaultStrength = 0.7;

function write({ model, request }: Order): Written {
  const { prompt, negativePrompt, images = [], mask, format } = request;
  const isSd3 = model.startsWith("sd3");
  const isGenerator = !model.includes("/");
  if (prompt.length > longestPrompt) throw new StageError("invalid_argument", `${provider}: the prompt has ${prompt.length} characters, and ${longestPrompt} are taken; shorten it`, { reason: "context-length" });
  if (images.length > 1) throw unsupported("images", "one image can be started from");
  if (images.length > 0 && model === "core") throw unsupported("images", "the model core makes images of texts alone; sd3.5-large and ultra take one");
  if (mask && isGenerator) throw unsupported("mask", "the model edit/inpaint takes one");
  if (request.background === "transparent") throw unsupported("background", "images are opaque; the model edit/remove-background takes a background away");
  const ratio = isGenerator && images.length === 0 ? ratioFor(request) : undefined;
  const left = [["quality", request.quality], ["previews", request.previews || undefined], ["width and height", ratio ? undefined : (request.width ?? request.height)]] as const;
  return {
    path: `/v2beta/stable-image/${isSd3 ? "generate/sd3" : isGenerator ? `generate/${pathOf(model)}` : pathOf(model)}`,
    fields: {
      prompt,
      negative_prompt: negativePrompt,
      model: isSd3 && model !== "sd3" ? pathOf(model) : undefined,
      output_format: format,
      ...ratio?.fields,
      ...(isSd3 && images.length > 0 && { mode: "image-to-image" }),
      ...(isGenerator && images.length > 0 && { strength: defaultStrength }),
    },
    warnings: [...(ratio?.warning === undefined ? [] : [ratio.warning]), ...left.flatMap(([option, value]) => (value === undefined ? [] : [`${provider}: ${option} is left out: there is no such parameter here`]))],
  };
}

async function filesOf({ images: [image] = [], mask }: ImageRequest, signal: AbortSignal): Promise<Readonly<Record<string, Blob>>> {
  return { ...(image && { image: await fileOf(image, signal) }), ...(mask && { mask: await fileOf(mask, signal) }) };
}

/** Each image has a seed of its own, or all would be the same. */
const seedOf = ({ request: { seed } }: Order, index: number): { readonly seed?: number } => (seed === undefined ? {} : { seed: seed + index });
