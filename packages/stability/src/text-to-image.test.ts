import { collect, type Stream } from "@iftk/core";
import { mediaReply, type ImageOptions, type ImageRequest, type MediaPart } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeStability, faults, stabilityReplies, stabilityRoutes } from "@iftk/testing/providers";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stability } from "./engine.js";

const key = "sk-stability-fake";
const { png, document } = stabilityReplies;
const fake = await fakeStability({ key });
beforeEach(() => fake.clear());
afterEach(() => vi.unstubAllEnvs());
afterAll(() => fake.close());

const request: ImageRequest = { prompt: "a fox" };
const image = { data: png, mediaType: "image/png" };
const stage = (options: Partial<ImageOptions> = {}, baseUrl = fake.url) => stability({ apiKey: key, baseUrl }).textToImage({ model: "core", ...options });
const reply = async (parts: Stream<MediaPart>) => {
  const { media, ...more } = await mediaReply(parts);
  return { ...more, media: media.map((medium) => ({ ...medium, bytes: new Uint8Array(medium.bytes) })) };
};
/** The fields of each form that was sent; files as their bytes in base64. */
const forms = () =>
  Promise.all(
    fake.requests.map(async (each) => {
      const fields = [...(await each.form())].map(async ([name, value]) => [name, typeof value === "string" ? value : `${value.type} ${value.size}`] as const);
      return Object.fromEntries(await Promise.all(fields)) as Record<string, string>;
    }),
  );
const paths = () => fake.requests.map(({ path }) => path);
const file = `image/png ${png.length}`;

describe("version 2", () => {
  test("gives the bytes as they are sent, with what the headers tell", async () => {
    const parts = await collect(stage({ raw: { style_preset: "anime" } })({ ...request, negativePrompt: "snow", seed: 7, format: "webp" }));
    expect(parts).toEqual([
      { type: "media-start", index: 0, mediaType: "image/webp", size: png.length, seed: 7 },
      { type: "media-delta", index: 0, bytes: Buffer.from(png) },
      { type: "media-end", index: 0 },
      { type: "finish", reason: { unified: "stop", raw: "SUCCESS" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true }, response: { id: "9f2c7141a1f27e0d", model: "core" } },
    ]);
    expect([paths(), await forms(), fake.requests[0]?.headers.get("accept")]).toEqual([["/v2beta/stable-image/generate/core"], [{ prompt: "a fox", negative_prompt: "snow", output_format: "webp", seed: "7", style_preset: "anime" }], "image/*"]);
  });

  test.each([
    [1344, 768, "16:9"],
    [1000, 1000, "1:1"],
    [600, 1100, "9:16"],
    [3000, 1000, "21:9"],
  ])("takes %d x %d pixels as the ratio that is nearest, and says so", async (width, height, ratio) => {
    const { warnings } = await reply(stage()({ ...request, width, height }));
    expect([(await forms())[0]?.["aspect_ratio"], warnings]).toEqual([ratio, [`stability: this API takes ratios, not pixels: of ${width} x ${height} it is given the nearest, ${ratio}`]]);
  });

  test("makes several images by as many requests, each with a seed of its own, when they are asked for", async () => {
    const { media, finish } = await reply(stage()({ ...request, count: 3, seed: 7 }));
    expect([media.map(({ seed }) => seed), finish.usage.images, (await forms()).map(({ seed }) => seed)]).toEqual([[7, 8, 9], 3, ["7", "8", "9"]]);
    fake.clear();
    for await (const part of stage()({ ...request, count: 3 })) if (part.type === "media-start" && part.index === 1) break;
    expect(fake.requests).toHaveLength(2);
  });

  test("starts from an image by the sd3 family and by ultra, and changes what a mask shows by its editor", async () => {
    await reply(stage({ model: "sd3.5-large" })({ ...request, width: 512, height: 512 }));
    await reply(stage({ model: "sd3.5-large", raw: { strength: 0.4 } })({ ...request, images: [image] }));
    await reply(stage({ model: "ultra" })({ ...request, images: [image] }));
    await reply(stage({ model: "edit/inpaint" })({ ...request, images: [image], mask: image }));
    expect(paths()).toEqual(["/v2beta/stable-image/generate/sd3", "/v2beta/stable-image/generate/sd3", "/v2beta/stable-image/generate/ultra", "/v2beta/stable-image/edit/inpaint"]);
    expect(await forms()).toEqual([
      { prompt: "a fox", model: "sd3.5-large", aspect_ratio: "1:1" },
      { prompt: "a fox", model: "sd3.5-large", mode: "image-to-image", strength: "0.4", image: file },
      { prompt: "a fox", strength: "0.7", image: file },
      { prompt: "a fox", image: file, mask: file },
    ]);
  });

  test("withholds what the filter does not allow, be it the prompt or the image", async () => {
    const kind = { code: "invalid_argument", reason: "content-filter" };
    await expect(collect(stage()({ prompt: "forbidden" }))).rejects.toMatchObject({ ...kind, message: expect.stringContaining("flagged by our content moderation") });
    await expect(collect(stage()({ prompt: "blurred" }))).rejects.toMatchObject(kind);
    await fake.idle();
  });

  test.each<[string, Partial<ImageRequest>, string?]>([
    ["images", { images: [image] }],
    ["images", { images: [image, image] }, "ultra"],
    ["mask", { images: [image], mask: image }, "sd3.5-large"],
    ["background", { background: "transparent" }],
  ])("refuses %s that it has no way to honour", async (option, more, model = "core") => {
    await expect(collect(stage({ model })({ ...request, ...more }))).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining(`stability: ${option}: `) });
    expect(fake.requests).toEqual([]);
  });

  test("says what it leaves out", async () => {
    const { warnings } = await reply(stage()({ ...request, quality: "high", previews: 2, width: 64 }));
    expect(warnings).toEqual(["stability: width is left out: this API takes a ratio, which needs both sides", "stability: quality is left out: there is no such parameter here", "stability: previews is left out: there is no such parameter here"]);
  });

  test("tells each fault that the provider found", async () => {
    await expect(collect(stage({ raw: { seed: -1, style: 3 } })(request))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/^stability: 400: seed: .*; : .*style/u) });
  });
});

describe("version 1", () => {
  const old = (options: Partial<ImageOptions> = {}, url?: string) => stage({ model: "stable-diffusion-v1-6", api: "v1", ...options }, url);

  test("gives all images of one request", async () => {
    const { media, finish } = await reply(old({ raw: { steps: 20 } })({ ...request, negativePrompt: "snow", count: 2, seed: 7, width: 512, height: 768 }));
    expect([media, finish.usage.images, finish.response]).toEqual([[{ bytes: png, mediaType: "image/png", seed: 7 }, { bytes: png, mediaType: "image/png", seed: 8 }], 2, { id: "9f2c7141a1f27e0d", model: "stable-diffusion-v1-6" }]);
    expect([paths(), fake.requests[0]?.json()]).toEqual([["/v1/generation/stable-diffusion-v1-6/text-to-image"], { text_prompts: [{ text: "a fox", weight: 1 }, { text: "snow", weight: -1 }], width: 512, height: 768, samples: 2, seed: 7, steps: 20 }]);
  });

  test.each<[string, Partial<ImageRequest>, object, string?]>([
    ["stable-diffusion-v1-6", { width: 500, height: 700 }, { width: 512, height: 704 }, "500 x 700 pixels: it is asked for 512 x 704"],
    ["stable-diffusion-v1-6", { width: 500 }, { width: 512 }, "500 pixels: it is asked for 512"],
    ["stable-diffusion-v1-6", {}, {}],
    ["stable-diffusion-xl-1024-v1-0", { width: 512, height: 512 }, { width: 1024, height: 1024 }, "512 x 512 pixels: it is asked for 1024 x 1024"],
    ["stable-diffusion-xl-1024-v1-0", { width: 1920, height: 1080 }, { width: 1344, height: 768 }, "1920 x 1080 pixels: it is asked for 1344 x 768"],
    ["stable-diffusion-xl-1024-v1-0", { width: 832, height: 1216 }, { width: 832, height: 1216 }],
  ])("%s makes %o as %o", async (model, size, sent, warning) => {
    const { warnings } = await reply(old({ model })({ ...request, ...size }));
    expect([fake.requests[0]?.json(), warnings]).toEqual([{ text_prompts: [{ text: "a fox", weight: 1 }], ...sent }, warning === undefined ? [] : [`stability: this model does not make ${warning}`]]);
  });

  test("starts from an image, and from a part of it", async () => {
    await reply(old({ raw: { image_strength: 0.4 } })({ ...request, negativePrompt: "snow", images: [image] }));
    await reply(old()({ ...request, images: [{ url: `data:image/png;base64,${Buffer.from(png).toString("base64")}` }], mask: image }));
    expect(paths().map((path) => path.replace("/v1/generation/stable-diffusion-v1-6", ""))).toEqual(["/image-to-image", "/image-to-image/masking"]);
    expect(await forms()).toEqual([
      { init_image: file, "text_prompts[0][text]": "a fox", "text_prompts[0][weight]": "1", "text_prompts[1][text]": "snow", "text_prompts[1][weight]": "-1", image_strength: "0.4" },
      { init_image: file, mask_source: "MASK_IMAGE_WHITE", mask_image: file, "text_prompts[0][text]": "a fox", "text_prompts[0][weight]": "1" },
    ]);
  });

  test("says which of several images is missing, and fails where none is left", async () => {
    const { media, warnings } = await reply(old()({ prompt: "blurred", count: 2 }));
    expect([media.length, warnings]).toEqual([1, ["stability: one of the images is missing: the content filter does not allow what it shows"]]);
    await expect(collect(old()({ prompt: "blurred" }))).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter" });
    await expect(collect(old()({ prompt: "forbidden" }))).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter" });
    await expect(collect(old()({ prompt: "broken" }))).rejects.toMatchObject({ code: "unavailable", message: "stability: no image could be made" });
  });

  test("does not cut a prompt that is too long", async () => {
    await expect(collect(old()({ prompt: "a".repeat(2001) }))).rejects.toMatchObject({ code: "invalid_argument", reason: "context-length", message: "stability: the prompt has 2001 characters, and 2000 are taken; shorten it" });
    await expect(collect(stage()({ prompt: "a".repeat(10_001) }))).rejects.toMatchObject({ code: "invalid_argument", reason: "context-length" });
    expect(fake.requests).toEqual([]);
  });

  test.each<[string, Partial<ImageRequest>]>([
    ["count", { count: 11 }],
    ["format", { format: "webp" }],
    ["mask", { mask: image }],
    ["background", { background: "transparent" }],
  ])("refuses %s that it has no way to honour", async (option, more) => {
    await expect(collect(old()({ ...request, ...more }))).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining(`stability: ${option}: `) });
  });

  test("gives nothing of a document whose image is none", async () => {
    fake.fault(faults.status(200, { body: { artifacts: [{ base64: "AAAA", finishReason: "SUCCESS" }] } }));
    await expect(collect(old()(request))).rejects.toMatchObject({ code: "unavailable", reason: "malformed" });
  });

  stageLaws("images by version 1", { stage: () => old(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });
  engineLaws({ name: "an image by version 1", fake: () => fakeStability({ key }), route: stabilityRoutes.textToImage, stage: (url) => old({}, url), input: request, key, wholeBody: document(1), isStreamed: false });
});

test("the key is looked for when a call begins", async () => {
  vi.stubEnv("STABILITY_API_KEY", "");
  const late = stability({ baseUrl: `${fake.url}/` }).textToImage({ model: "core" });
  await expect(collect(late(request))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("STABILITY_API_KEY") });
  vi.stubEnv("STABILITY_API_KEY", key);
  expect((await reply(late(request))).media).toHaveLength(1);
});

test("an API that there is not, and a model that leads elsewhere, are refused", async () => {
  expect(() => stage({ api: "v2" })).toThrow('stability: api: textToImage has no API "v2"; it has "v2beta", "v1"');
  for (const model of ["../user", "edit/../../v1/user", "a?b", ""]) await expect(collect(stage({ model })(request))).rejects.toMatchObject({ code: "invalid_argument" });
  expect(fake.requests).toEqual([]);
});

stageLaws("images by version 2", { stage: () => stage(), input: [{ ...request, count: 2 }], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });
engineLaws({ name: "an image by version 2", fake: () => fakeStability({ key }), route: stabilityRoutes.generate, stage: (url) => stage({}, url), input: request, key, wholeBody: png, isStreamed: false, hasEndMark: false });
