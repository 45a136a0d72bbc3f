/** Images of texts. */
import { fromBatches, outputStream, type Call, type OutputStream } from "@iftk/core";
import { batches, readRequest, imageRequest, type Finish, type ImageOptions, type ImageRequest, type MediaPart, type Warning } from "@iftk/inference";
import type { HttpResponse } from "@iftk/inference/http";
import { provider, routeOf, unknownApi, unsupported, withRaw, type Client } from "./client.js";
import { unexpected } from "./failure.js";
import { imageIn } from "./image-in.js";
import { withSdk } from "./inference-client.js";

/** The stage for a model. Images of hf-inference and of endpoints come as they are sent; those of other providers whole. */
export function textToImage(client: Client, options: ImageOptions): OutputStream<ImageRequest, MediaPart> {
  if (options.api !== undefined && options.api !== "text-to-image") throw unknownApi("textToImage", options.api, ["text-to-image"]);
  return outputStream(function huggingfaceTextToImage(input: ImageRequest, call) {
    return fromBatches(make(client, options, readRequest(imageRequest, options, input), call));
  });
}

async function* make(client: Client, { raw, ...options }: ImageOptions, request: ImageRequest, { signal }: Call): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const { parameters, warnings } = parametersOf(request);
  const route = routeOf(client, options);
  const asked = { ...withRaw({ parameters }, raw), inputs: request.prompt };
  if (warnings.length > 0) yield warnings;
  const seed = request.seed === undefined ? {} : { seed: request.seed };
  if ("url" in route) {
    const response = await client.send({ url: route.url, body: JSON.stringify(asked), accept: request.format ? `image/${request.format}` : "image/png", signal });
    const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
    if (mediaType.startsWith("image/")) {
      yield* imageOf(response, mediaType, seed);
      return;
    }
    yield* wholeImage(client, await response.json(), signal, seed);
    return;
  }
  const reply = await withSdk(client, route, signal, (sdk, of, how) => sdk.textToImage({ ...asked, ...of }, { ...how, outputType: "json" as never }));
  yield* wholeImage(client, reply, signal, seed);
}

async function* imageOf(response: HttpResponse, mediaType: string, seed: { readonly seed?: number }): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const size = Number(response.headers.get("content-length") ?? Number.NaN);
  let isEmpty = true;
  for await (const pieces of batches(response.bytes)) {
    if (isEmpty) yield [{ type: "media-start", index: 0, mediaType, ...(size > 0 && !response.headers.has("content-encoding") && { size }), ...seed }];
    isEmpty = false;
    yield pieces.map((bytes) => ({ type: "media-delta", index: 0, bytes }) as const);
  }
  if (isEmpty) throw unexpected("an image, but empty");
  yield [{ type: "media-end", index: 0 }, finish];
}

async function* wholeImage(client: Client, reply: unknown, signal: AbortSignal, seed: { readonly seed?: number }): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const { bytes, mediaType } = await imageIn(client, reply, signal);
  yield [{ type: "media-start", index: 0, mediaType, size: bytes.length, ...seed }, { type: "media-delta", index: 0, bytes }, { type: "media-end", index: 0 }, finish];
}

const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true } };

function parametersOf(request: ImageRequest): { readonly parameters: Readonly<Record<string, unknown>>; readonly warnings: readonly Warning[] } {
  if (request.images?.length) throw unsupported("images", "text-to-image takes none");
  if (request.mask) throw unsupported("mask", "text-to-image takes none");
  if ((request.count ?? 1) > 1) throw unsupported("count", "text-to-image gives one image");
  if (request.background === "transparent") throw unsupported("background", "text-to-image gives opaque images");
  const left = [["quality", request.quality], ["previews", request.previews || undefined]] as const;
  return {
    parameters: { negative_prompt: request.negativePrompt, width: request.width, height: request.height, seed: request.seed },
    warnings: left.flatMap(([option, value]): Warning[] => (value === undefined ? [] : [{ type: "warning", message: `${provider}: ${option} is left out: text-to-image has no such parameter` }])),
  };
}
