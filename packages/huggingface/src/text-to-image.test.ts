import { InferenceClient } from "@huggingface/inference";
import { collect, type Stream } from "@iftk/core";
import { mediaReply, type ImageOptions, type ImageRequest, type MediaPart } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeHuggingface, huggingfaceReplies, huggingfaceRoutes } from "@iftk/testing/providers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { HuggingfaceOptions } from "./client.js";
import { huggingface } from "./engine.js";

const token = "hf_fake";
const png = huggingfaceReplies.tasks.image;
const request: ImageRequest = { prompt: "a fox" };

const fake = await fakeHuggingface({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ImageOptions> = {}, engine: HuggingfaceOptions = {}, baseUrl = fake.url) =>
  huggingface({ apiKey: token, baseUrl, hubUrl: baseUrl, ...engine }).textToImage({ model: "any/text-to-image:hf-inference", ...options });
const reply = async (parts: Stream<MediaPart>) => {
  const { media, ...more } = await mediaReply(parts);
  return { ...more, media: media.map((medium) => ({ ...medium, bytes: new Uint8Array(medium.bytes) })) };
};
const paths = (): string[] => fake.requests.map(({ method, path }) => `${method} ${path}`);

describe("text to image", () => {
  test("gives the bytes as hf-inference sends them", async () => {
    const { media, finish } = await reply(stage({ raw: { parameters: { guidance_scale: 8 } } })({ ...request, width: 64, height: 32, seed: 7, negativePrompt: "snow" }));
    expect(media).toEqual([{ bytes: png, mediaType: "image/png", seed: 7 }]);
    expect(finish.usage).toEqual({ inputTokens: 0, outputTokens: 0, images: 1, estimated: true });
    expect(fake.requests[0]?.json()).toEqual({ inputs: "a fox", parameters: { width: 64, height: 32, seed: 7, negative_prompt: "snow", guidance_scale: 8 } });
  });

  test("reaches other providers as the vendor's SDK does, with our requests", async () => {
    const { media } = await reply(stage({ model: "some/image-model:together" })({ ...request, seed: 7 }));
    expect(media).toEqual([{ bytes: png, mediaType: "image/png", seed: 7 }]);
    expect(paths()).toEqual(["GET /api/models/some/image-model", "POST /together/v1/images/generations"]);
    expect(fake.requests[1]?.json()).toEqual({ model: "together-image-model", prompt: "a fox", seed: 7, response_format: "base64" });
  });

  test("fetches an image that is given by its URL, without the token", async () => {
    const { media } = await reply(stage({ model: "some/image-model:together" })({ prompt: "a fox by URL" }));
    expect(media).toEqual([{ bytes: png, mediaType: "image/png" }]);
    expect(fake.requests.at(-1)?.headers.has("authorization")).toBe(false);
  });

  test("a model without a provider is served by the first that the hub names", async () => {
    await reply(stage({ model: "another/image-model" })(request));
    expect(paths().at(-1)).toBe("POST /together/v1/images/generations");
  });

  test("the SDK's failures are ours: a provider that does not do the task, one that does not exist", async () => {
    await expect(collect(stage({ model: "some/image-model:cerebras" })(request))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("cerebras") });
    await expect(collect(stage({ model: "some/image-model:nobody" })(request))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("nobody") });
    await expect(collect(stage({ model: "some/image-model:together" }, { apiKey: "hf_other" })(request))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("a token that the SDK would send to another provider is not used", async () => {
    await expect(collect(stage({ model: "some/image-model:together" }, { apiKey: "eyJhbGciOi" })(request))).rejects.toMatchObject({ code: "unauthenticated", reason: "key" });
    expect(fake.requests).toEqual([]);
  });

  test.each<[string, Partial<ImageRequest>]>([
    ["images", { images: [{ url: "https://example.org/a.png" }] }],
    ["count", { count: 2 }],
    ["background", { background: "transparent" }],
  ])("%s that it has no way to honour are refused by name", async (option, more) => {
    await expect(collect(stage()({ ...request, ...more }))).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining(`huggingface: ${option}: `) });
    expect(fake.requests).toEqual([]);
  });

  test("what only tunes is left out with a warning", async () => {
    expect((await reply(stage()({ ...request, quality: "high" }))).warnings).toEqual(["huggingface: quality is left out: text-to-image has no such parameter"]);
  });
});

test("the vendor's SDK makes the same of the same bytes", async () => {
  const theirs = await new InferenceClient(token).textToImage({ model: "any/text-to-image", provider: "hf-inference", inputs: "a fox" }, {
    outputType: "blob",
    fetch: ((url: string, init) => {
      if (url.startsWith("https://huggingface.co/")) return Promise.resolve(Response.json({ inferenceProviderMapping: { "hf-inference": { status: "live", providerId: "any/text-to-image", task: "text-to-image" } } }));
      return fetch(url.replace("https://router.huggingface.co", fake.url), init);
    }) as typeof fetch,
  });
  expect(new Uint8Array(await theirs.arrayBuffer())).toEqual((await reply(stage()(request))).media[0]?.bytes);
});

stageLaws("text to image of Hugging Face", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

const laws = { fake: () => fakeHuggingface({ token }), input: request, key: token };
engineLaws({ ...laws, name: "text to image of Hugging Face", stage: (baseUrl) => stage({}, {}, baseUrl), wholeBody: png, isStreamed: false, hasEndMark: false });
engineLaws({ ...laws, name: "text to image of another provider", route: huggingfaceRoutes.togetherImages, stage: (baseUrl) => stage({ model: "some/image-model:together" }, {}, baseUrl), wholeBody: huggingfaceReplies.tasks.imageOfTogether, isStreamed: false });
