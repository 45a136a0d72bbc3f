/** Images of texts, and of other images, by the Images API. */
import { outputStream, type OutputStream, pipe, type Stream, unary } from "@iftk/core";
import { type ImageOptions, imageRequest, type ImageRequest, type MediaPart, parseRequest, readRequest } from "@iftk/inference";
import { fetchMedia } from "@iftk/inference/media";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { type FetchImage, ImageReader } from "./image-parts.js";
import { type ImageBody, imageBody } from "./image-request.js";
import { modelFields } from "./model-fields.js";
import { readReply } from "./read-reply.js";
import { send } from "./send.js";
import { fileOf } from "./upload.js";
import { warned } from "./written-request.js";

const imageOptions = imageRequest.omit({ prompt: true, images: true, mask: true }).partial().extend(modelFields("images"));

/** An image that the API takes is smaller than 50 MB. */
const upload = { maxBytes: 50_000_000 };
/** The largest image in base64, and as many of them as there can be in one reply. */
const reply = { maxEventSize: 2 ** 26, maxBytes: 2 ** 28 };

/**
 * The stage for a model of images; those that it starts from make it an edit.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function textToImage(connection: Connection, options: ImageOptions): OutputStream<ImageRequest, MediaPart> {
  const defaults = parseRequest(imageOptions, options, "options");
  const { model, raw } = defaults;
  return outputStream(function textToImage(input: ImageRequest, call): Stream<MediaPart> {
    const request = readRequest(imageRequest, defaults, input);
    const { body, warnings } = imageBody(request, model, connection);
    return warned(warnings, exchange(connection, request)({ ...body, ...raw }, call));
  });
}

function exchange(connection: Connection, { images = [], mask, format = "png" }: ImageRequest): OutputStream<ImageBody, MediaPart> {
  const ask = unary(async function sendImageRequest(body: ImageBody, { signal }): Promise<Response> {
    if (images.length === 0) return send(connection, signal, (sdk, how) => sdk.images.generate(body, how));
    const files = await Promise.all(images.map((image, index) => fileOf(image, `image-${index}`, { signal, ...upload })));
    const edit = { ...body, image: files.length === 1 ? files[0] : files, ...(mask && { mask: await fileOf(mask, "mask", { signal, ...upload }) }) };
    return send(connection, signal, (sdk, how) => sdk.images.edit(edit as OpenAI.ImageEditParams, how));
  });
  const read = outputStream(function readImages(response: Response, { signal }): Stream<MediaPart> {
    return readReply(connection, new ImageReader(connection, format, fetchFrom(connection, signal)), response, { signal, ...reply });
  });
  return pipe(ask, read);
}

/** Fetches an image that a server tells by its URL: from a private address only where that is the server's own. */
function fetchFrom(connection: Connection, signal: AbortSignal): FetchImage {
  return (url) => fetchMedia(url, { signal, allowPrivate: new URL(connection.sdk().baseURL).origin });
}
