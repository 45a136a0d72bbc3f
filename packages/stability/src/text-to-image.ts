/** Images of texts, and of other images. */
import { outputStream, type OutputStream, type Stream } from "@iftk/core";
import { imageRequest, readRequest, type ImageOptions, type ImageRequest, type MediaPart } from "@iftk/inference";
import { unsupported, type Client } from "./client.js";
import { generated } from "./generation.js";
import { stableImages } from "./stable-image.js";

const apis = new Map([["v2beta", stableImages], ["v1", generated]]);

/** The stage for a model, by the `api` `v2beta` unless told otherwise, or by `v1`. */
export function textToImage(client: Client, options: ImageOptions): OutputStream<ImageRequest, MediaPart> {
  const { model, api = "v2beta", raw } = options;
  const make = apis.get(api);
  if (!make) throw unsupported("api", `textToImage has no API ${JSON.stringify(api)}; it has ${[...apis.keys()].map((name) => JSON.stringify(name)).join(", ")}`);
  return outputStream(function stabilityTextToImage(input: ImageRequest, call): Stream<MediaPart> {
    return make(client, { model, raw, request: readRequest(imageRequest, options, input) }, call);
  });
}
