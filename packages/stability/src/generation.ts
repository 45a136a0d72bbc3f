/** Images by version 1 of the API, which gives them together in one document. */
import { StageError, type Call, type Stream } from "@iftk/core";
import type { ImageRequest, MediaPart } from "@iftk/inference";
import { mediaTypeOf } from "@iftk/inference/media";
import { pathOf, provider, unsupported, type Client } from "./client.js";
import { failureIn, filtered, unexpected } from "./failure.js";
import { pixelsFor } from "./image-size.js";
import { fileOf, formOf } from "./images-in.js";
import type { Order } from "./stable-image.js";

/** Characters that a prompt may have, images of one request, and bytes of the document with them. */
const longestPrompt = 2000;
const mostSamples = 10;
const maxBytes = 128 * 2 ** 20;

/** The parts of all images of one request. */
export async function* generated(client: Client, order: Order, { signal }: Call): Stream<MediaPart> {
  const { model, raw, request } = order;
  const warnings = check(request);
  const size = pixelsFor(model, request);
  for (const message of [...warnings, ...(size.warning === undefined ? [] : [size.warning])]) yield { type: "warning", message };
  const fields = { samples: request.count, seed: request.seed };
  const prompts = [{ text: request.prompt, weight: 1 }, ...(request.negativePrompt ? [{ text: request.negativePrompt, weight: -1 }] : [])];
  const body = request.images?.length ? await editForm(request, prompts, { ...fields, ...raw }, signal) : { text_prompts: prompts, ...size.fields, ...fields, ...raw };
  const path = `/v1/generation/${pathOf(model)}/${request.images?.length ? (request.mask ? "image-to-image/masking" : "image-to-image") : "text-to-image"}`;
  const response = await client.post(path, body, "application/json", signal);
  const artifacts = artifactsIn(client, await response.json(maxBytes));
  const made = artifacts.filter(({ finishReason }) => finishReason === "SUCCESS" || finishReason === undefined);
  if (made.length === 0) throw artifacts.some(({ finishReason }) => finishReason === "CONTENT_FILTERED") ? filtered() : new StageError("unavailable", `${provider}: no image could be made`);
  for (const { finishReason } of artifacts) if (finishReason === "CONTENT_FILTERED" || finishReason === "ERROR") yield { type: "warning", message: `${provider}: one of the images is missing: ${finishReason === "ERROR" ? "it failed" : "the content filter does not allow what it shows"}` };
  for (const [index, { base64, seed }] of made.entries()) yield* imageOf(base64, seed, index);
  const id = response.headers.get("x-request-id");
  yield { type: "finish", reason: { unified: "stop", raw: "SUCCESS" }, usage: { inputTokens: 0, outputTokens: 0, images: made.length, estimated: true }, response: { ...(id !== null && { id }), model } };
}

/** Throws for what the API has no way to honour; gives warnings of what it leaves out. */
function check({ prompt, negativePrompt = "", images = [], mask, count = 1, format = "png", background, quality, previews, width, height }: ImageRequest): readonly string[] {
  const longest = Math.max(prompt.length, negativePrompt.length);
  if (longest > longestPrompt) throw new StageError("invalid_argument", `${provider}: the prompt has ${longest} characters, and ${longestPrompt} are taken; shorten it`, { reason: "context-length" });
  if (images.length > 1) throw unsupported("images", "one image can be started from");
  if (mask && images.length === 0) throw unsupported("mask", "it needs an image");
  if (count > mostSamples) throw unsupported("count", `version 1 of the API makes ${mostSamples} images at a time`);
  if (format !== "png") throw unsupported("format", "version 1 of the API gives PNG");
  if (background === "transparent") throw unsupported("background", "version 1 of the API gives opaque images");
  const left = [["quality", quality], ["previews", previews || undefined], ["width and height", images.length > 0 ? (width ?? height) : undefined]] as const;
  return left.flatMap(([option, value]) => (value === undefined ? [] : [`${provider}: ${option} is left out: there is no such parameter here`]));
}

async function editForm({ images: [image] = [], mask }: ImageRequest, prompts: readonly { readonly text: string; readonly weight: number }[], fields: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<FormData> {
  const texts = prompts.flatMap(({ text, weight }, index) => [[`text_prompts[${index}][text]`, text], [`text_prompts[${index}][weight]`, weight]] as const);
  return formOf({
    init_image: image && (await fileOf(image, signal)),
    ...(mask && { mask_source: "MASK_IMAGE_WHITE", mask_image: await fileOf(mask, signal) }),
    ...Object.fromEntries<string | number>(texts),
    ...fields,
  });
}

interface Artifact {
  readonly base64: string;
  readonly seed?: unknown;
  readonly finishReason?: unknown;
}

function artifactsIn(client: Client, body: unknown): readonly Artifact[] {
  const artifacts = typeof body === "object" && body !== null && "artifacts" in body ? body.artifacts : undefined;
  if (!Array.isArray(artifacts)) throw failureIn(body, client.secrets());
  return artifacts.filter((artifact: unknown): artifact is Artifact => typeof artifact === "object" && artifact !== null && "base64" in artifact && typeof artifact.base64 === "string");
}

async function* imageOf(base64: string, seed: unknown, index: number): Stream<MediaPart> {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  const mediaType = await mediaTypeOf(bytes);
  if (!mediaType?.startsWith("image/")) throw unexpected("an image");
  yield { type: "media-start", index, mediaType, size: bytes.length, ...(typeof seed === "number" && { seed }) };
  yield { type: "media-delta", index, bytes };
  yield { type: "media-end", index };
}
