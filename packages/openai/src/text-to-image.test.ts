import { collect, type StageError } from "@iftk/core";
import { type ImageOptions, type ImageRequest, mediaReply, type MediaPart } from "@iftk/inference";
import { fakeOpenai, fakeProvider, faults, formFields, type FakeOpenaiMedia, type Fault } from "@iftk/testing/providers";
import fc from "fast-check";
import { OpenAI } from "openai";
import { afterAll, describe, expect, test } from "vitest";
import { openai } from "./engine.js";
import { atOpenai } from "./fixtures/asked.js";
import { imageOf } from "./fixtures/media.js";

let media: FakeOpenaiMedia = {};
const fake = await fakeOpenai({ media: { get image() { return media.image as Uint8Array; }, get revisedPrompt() { return media.revisedPrompt as string; }, get imageUrl() { return media.imageUrl as string; }, get error() { return media.error as { message: string }; } } });
afterAll(() => fake.close());
const baseURL = `${fake.url}/v1`;
const sdk = new OpenAI({ apiKey: "sk-any", baseURL, maxRetries: 0 });

/** The parts, and the fields that were sent for them. */
async function made(request: Partial<ImageRequest>, { fault = faults.none(), media: given = {}, ...options }: Partial<ImageOptions> & { readonly fault?: Fault; readonly media?: FakeOpenaiMedia } = {}): Promise<{ readonly parts: readonly MediaPart[]; readonly path?: string | undefined; readonly sent: Readonly<Record<string, unknown>> }> {
  fake.clear();
  fake.fault(fault);
  media = given;
  const parts = await collect(openai({ baseUrl: baseURL }).textToImage({ model: "gpt-image-2", ...options })({ prompt: "A fox.", ...request }));
  const [first] = fake.requests;
  const sent = first?.headers.get("content-type")?.startsWith("multipart") ? await formFields(first) : (first?.json() as Readonly<Record<string, unknown>>);
  return { parts, sent, path: first?.path };
}

const warningsIn = (parts: readonly MediaPart[]): string[] => parts.flatMap((part) => (part.type === "warning" ? [part.message] : []));

describe("an image", () => {
  test("comes as a stream whose previews and end are what the SDK's stream has", async () => {
    const images = fc.record({ image: fc.uint8Array({ minLength: 1, maxLength: 200_000, size: "max" }), previews: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(images, async ({ image, previews }) => {
        const { parts, sent } = await made({ previews }, { media: { image } });
        const events: OpenAI.ImageGenStreamEvent[] = await collect(await sdk.images.generate(sent as unknown as OpenAI.ImageGenerateParamsStreaming));
        const theirs = events.map((event) => ({ isPreview: event.type.endsWith("partial_image"), bytes: Buffer.from(event.b64_json, "base64"), mediaType: `image/${event.output_format}` }));
        const starts = parts.flatMap((part) => (part.type === "media-start" ? [part] : []));
        const own = starts.map(({ index, isPreview = false, mediaType }) => ({
          isPreview,
          bytes: Buffer.concat(parts.flatMap((part) => (part.type === "media-delta" && part.index === index ? [part.bytes] : []))),
          mediaType,
        }));
        expect(own).toEqual(theirs);
        const end = events.at(-1);
        const usage = end && "usage" in end ? end.usage : undefined;
        expect(parts.at(-1)).toEqual({ type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens, images: 1 } });
        expect(Math.max(...parts.map((part) => (part.type === "media-delta" ? part.bytes.length : 0)))).toBeLessThanOrEqual(65_536);
      }),
      { numRuns: 20 },
    );
  });

  test("is asked for in the fields of the API", async () => {
    const { sent, parts } = await made({ width: 1536, height: 864, format: "webp", quality: "high", background: "transparent", previews: 1, seed: 7 });
    expect(sent).toEqual({ model: "gpt-image-2", prompt: "A fox.", size: "1536x864", output_format: "webp", quality: "high", background: "transparent", stream: true, partial_images: 1 });
    expect([warningsIn(parts), parts.find((part) => part.type === "media-start")]).toEqual([["the API of images of gpt-image-2 has no seed: it is ignored"], expect.objectContaining({ mediaType: "image/webp", isPreview: true, size: expect.any(Number) as number })]);
  });

  test("that the policy forbids is an error of that reason, told before or within the stream", async () => {
    const before = made({}, { fault: faults.status(400, { body: { error: { message: "Your request was rejected by the safety system. safety_violations=[violence].", type: "image_generation_user_error", param: null, code: "moderation_blocked" } } }) });
    await expect(before).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter" });
    const within = made({ previews: 1 }, { media: { error: { message: "Rejected.", type: "image_generation_user_error", code: "moderation_blocked" } } });
    await expect(within).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter" });
  });

  test("that is no base64 is an error", async () => {
    const reasons: unknown[] = [];
    for (const text of ["", "no base64!", "AAA="]) {
      const reading = made({}, { fault: faults.status(200, { body: { data: [{ b64_json: text }] } }) });
      reasons.push(await reading.then(({ parts }) => parts.length, (error: unknown) => (error as StageError).reason));
    }
    expect(reasons).toEqual(["malformed", "malformed", 4]);
  });
});

describe("several images", () => {
  test("come as a document, and are what the SDK makes of it", async () => {
    const { parts, sent } = await made({ count: 2, format: "jpeg", previews: 2 });
    const theirs = await sdk.images.generate(sent as unknown as OpenAI.ImageGenerateParamsNonStreaming);
    const { media: own, finish, warnings } = await mediaReply((async function* () { yield* parts; })());
    expect(own).toEqual(theirs.data?.map(({ b64_json: text = "" }) => ({ bytes: Buffer.from(text, "base64"), mediaType: "image/jpeg" })));
    expect([finish.usage, warnings]).toEqual([{ inputTokens: theirs.usage?.input_tokens, outputTokens: theirs.usage?.output_tokens, images: 2 }, ["previews are left out: they are given of one image only"]]);
  });
});

describe("an edited image", () => {
  test("is asked for by a form with the images and the mask", async () => {
    const { parts, sent, path } = await made({ images: [imageOf("png"), imageOf("webp")], mask: imageOf("png"), previews: 1 });
    const { image, mask, ...fields } = sent as { readonly image: readonly File[]; readonly mask: File };
    expect([path, fields, [...image, mask].map(({ name, type, size }) => [name, type, size])]).toEqual([
      "/v1/images/edits",
      { model: "gpt-image-2", prompt: "A fox.", stream: "true", partial_images: "1" },
      [["image-0.png", "image/png", 70], ["image-1.webp", "image/webp", 70], ["mask.png", "image/png", 70]],
    ]);
    const events: OpenAI.ImageEditStreamEvent[] = await collect(await sdk.images.edit({ ...fields, image: [...image], mask, stream: true } as unknown as OpenAI.ImageEditParamsStreaming));
    expect(parts.flatMap((part) => (part.type === "media-delta" ? [Buffer.from(part.bytes).toString("base64")] : []))).toEqual(events.map((event) => event.b64_json));
  });
});

describe("other models", () => {
  test("DALL·E 3 has its own sizes and qualities, and tells how it changed the prompt", async () => {
    const { parts, sent } = await made({ width: 1920, height: 1080, quality: "high", format: "webp" }, { model: "dall-e-3", media: { revisedPrompt: "A red fox in the snow." } });
    expect(sent).toEqual({ model: "dall-e-3", prompt: "A fox.", size: "1792x1024", quality: "hd", response_format: "b64_json" });
    expect(parts.filter(({ type }) => type !== "media-delta")).toEqual([
      { type: "warning", message: "the model has no size of 1920x1080: the nearest is 1792x1024" },
      { type: "warning", message: "the API of images of dall-e-3 has no format: it is ignored" },
      { type: "media-start", index: 0, mediaType: "image/png", size: 70, revisedPrompt: "A red fox in the snow." },
      { type: "media-end", index: 0 },
      { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true } },
    ]);
  });

  test("one of a compatible server is asked for in the fields that all take", async () => {
    const { sent } = await made({ width: 333, height: 222, quality: "low", seed: 1 }, { model: "flux", raw: { size: "1024x1024", response_format: undefined } });
    expect(sent).toEqual({ model: "flux", prompt: "A fox.", size: "1024x1024" });
  });

  test("at OpenAI one whose name says nothing is taken for one of the newer ones", async () => {
    fake.clear();
    media = {};
    await collect(atOpenai(fake).textToImage({ model: "mine" })({ prompt: "A fox." }));
    expect(fake.requests[0]?.json()).toEqual({ model: "mine", prompt: "A fox.", stream: true });
  });

  test("an image to which the server redirects is fetched from a public address alone", async () => {
    await using within = await fakeProvider({ "GET /secret": () => ({ headers: { "content-type": "image/png" }, body: "secret" }) });
    await using other = await fakeOpenai({ routes: { "GET /moved": () => ({ status: 302, headers: { location: `${within.url}/secret` } }) }, media: { get imageUrl() { return `${other.url}/moved`; } } });
    const asked = collect(openai({ baseUrl: `${other.url}/v1` }).textToImage({ model: "dall-e-2", raw: { response_format: "url" } })({ prompt: "?" }));
    await expect(asked).rejects.toMatchObject({ code: "permission_denied", reason: "private-address" });
    expect(within.requests).toEqual([]);
  });

  test("an image that is told by its URL is fetched, from the server itself also where that is private", async () => {
    await using other = await fakeOpenai({ routes: { "GET /image.webp": () => ({ body: Buffer.from("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA", "base64") }) }, media: { get imageUrl() { return `${other.url}/image.webp`; } } });
    const ask = (baseUrl: string) => collect(openai({ baseUrl }).textToImage({ model: "dall-e-2", raw: { response_format: "url" } })({ prompt: "?" }));
    expect((await ask(`${other.url}/v1`)).find((part) => part.type === "media-start")).toMatchObject({ mediaType: "image/webp" });
    media = { imageUrl: `${other.url}/image.webp` };
    await expect(ask(baseURL)).rejects.toMatchObject({ code: "permission_denied", reason: "private-address" });
  });
});

test.each<[string, Partial<ImageRequest>, string]>([
  ["negativePrompt", { negativePrompt: "dogs" }, "gpt-image-2"],
  ["mask", { mask: imageOf("png") }, "gpt-image-2"],
  ["count", { count: 2 }, "dall-e-3"],
  ["count", { count: 11 }, "gpt-image-2"],
  ["images", { images: [imageOf("png")] }, "dall-e-3"],
  ["images", { images: [imageOf("png"), imageOf("png")] }, "dall-e-2"],
  ["background", { background: "transparent" }, "dall-e-2"],
])("%s that the model cannot honour is refused, and nothing is sent", async (name, request, model) => {
  fake.clear();
  const stage = openai({ baseUrl: baseURL }).textToImage({ model });
  await expect(collect(stage({ prompt: "?", ...request }))).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining(name) as string });
  expect(fake.requests).toEqual([]);
});

test("options that are none are refused at once, and so is a request", async () => {
  const { textToImage } = openai({ baseUrl: baseURL });
  expect(() => textToImage({ model: "m", width: 3 })).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining("width") as string }));
  await expect(async () => collect(textToImage({ model: "m" })({ prompt: "" }))).rejects.toMatchObject({ code: "invalid_argument" });
});
