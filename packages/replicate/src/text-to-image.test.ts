import { collect, pipe } from "@iftk/core";
import { mediaReply, type ImageOptions, type ImageRequest, type MediaPart } from "@iftk/inference";
import { stageLaws, turns, virtualClock } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeReplicate, faults, replicateReplies, replicateRoutes } from "@iftk/testing/providers";
import Replicate from "replicate";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { ReplicateOptions } from "./client.js";
import { replicate } from "./engine.js";
import { comparable } from "./fixtures/comparable.js";

const token = "r8_fake";
const model = "black-forest-labs/flux-schnell";
const request: ImageRequest = { prompt: "a fox" };
const { png } = replicateReplies;

const fake = await fakeReplicate({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ImageOptions> = {}, engine: ReplicateOptions = {}, url = fake.url) => replicate({ apiKey: token, baseUrl: `${url}/v1`, pollInterval: 1, ...engine }).textToImage({ model, ...options });
const ask = (options: Partial<ImageOptions> = {}, more: Partial<ImageRequest> = {}, engine: ReplicateOptions = {}): Promise<MediaPart[]> => collect(stage(options, engine)({ ...request, ...more }));
const paths = (): string[] => fake.requests.map(({ method, path }) => `${method} ${path.replace(/p\d{8}/, ":id")}`);
const begun = () => fake.requests.find(({ method, path }) => method === "POST" && path.endsWith("/predictions"));
const warnings = (parts: readonly MediaPart[]): string[] => parts.flatMap((part) => (part.type === "warning" ? [part.message] : []));
const bytesOf = (parts: readonly MediaPart[], of: number): Uint8Array => new Uint8Array(Buffer.concat(parts.flatMap((part) => (part.type === "media-delta" && part.index === of ? [part.bytes] : []))));

describe("an image model", () => {
  test("tells how far it is, then gives its files as they come", async () => {
    const parts = await ask({}, { count: 2, seed: 7 });
    expect(parts.filter(({ type }) => type !== "media-delta")).toEqual([
      { type: "progress", status: "starting" },
      { type: "progress", status: "processing", fraction: 0.3 },
      { type: "progress", status: "processing", fraction: 0.6 },
      { type: "progress", status: "succeeded", fraction: 0.9 },
      { type: "media-start", index: 0, mediaType: "image/png", size: png.length, seed: 7 },
      { type: "media-end", index: 0 },
      { type: "media-start", index: 1, mediaType: "image/png", size: png.length, seed: 7 },
      { type: "media-end", index: 1 },
      { type: "finish", reason: { unified: "stop", raw: "succeeded" }, usage: { inputTokens: 0, outputTokens: 0, images: 2, estimated: true }, response: { id: expect.any(String), model } },
    ]);
    expect([bytesOf(parts, 0), bytesOf(parts, 1)]).toEqual([png, png]);
    expect(begun()?.json()).toEqual({ input: { prompt: "a fox", num_outputs: 2, seed: 7 } });
  });

  test("takes a ratio for a size, and its own word for a format", async () => {
    const parts = await ask({}, { width: 1344, height: 768, format: "jpeg", quality: "high" });
    expect(begun()?.json()).toEqual({ input: { prompt: "a fox", aspect_ratio: "16:9", output_format: "jpg" } });
    expect(warnings(parts)).toEqual(["replicate: quality is left out: this model has no such input", "replicate: the exact width and height is left out: this model takes ratios; the nearest is 16:9"]);
  });

  test("takes pixels, what shall not be there, images and masks, where it has inputs for them", async () => {
    const image = { data: new Uint8Array([1, 2, 3]), mediaType: "image/png" };
    await ask({ model: "stability-ai/sdxl", raw: { guidance_scale: 8 } }, { width: 512, height: 768, negativePrompt: "snow", images: [image], mask: { url: "https://example.org/mask.png" } });
    expect(begun()?.json()).toEqual({ input: { prompt: "a fox", width: 512, height: 768, negative_prompt: "snow", image: "data:image/png;base64,AQID", mask: "https://example.org/mask.png", guidance_scale: 8 } });
    await expect(ask({}, { negativePrompt: "snow" })).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: "replicate: negativePrompt: this model has no such input" });
  });

  test("is given a large file by its upload", async () => {
    const bytes = new Uint8Array(300_000).fill(7);
    await ask({ model: "stability-ai/sdxl" }, { images: [{ data: bytes, mediaType: "image/png" }] });
    const upload = fake.requests.find(({ path }) => path === "/v1/files");
    const content = (await upload?.form())?.get("content") as File;
    expect([content.type, new Uint8Array(await content.arrayBuffer())]).toEqual(["image/png", bytes]);
    expect(begun()?.json()).toEqual({ input: { prompt: "a fox", image: `${fake.url}/v1/files/f1` } });
  });

  test("holds the request open for the result where it is told to", async () => {
    const parts = await ask({}, {}, { wait: 30 });
    expect([begun()?.headers.get("prefer"), paths().filter((path) => path === "GET /v1/predictions/:id")]).toEqual(["wait=30", []]);
    expect((await mediaReply(stage({}, { wait: 30 })(request))).media).toHaveLength(2);
    expect(warnings(parts)).toEqual([]);
  });

  test("that fails says why; one whose files lie elsewhere is not followed there", async () => {
    await expect(ask({}, { prompt: "fail: NSFW content detected." })).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter" });
    const done = { id: "p9", status: "succeeded", output: ["http://169.254.169.254/latest/meta-data"] };
    fake.faultOn(replicateRoutes.predict, faults.status(201, { body: done }));
    await expect(ask()).rejects.toMatchObject({ code: "permission_denied", reason: "host" });
    expect(paths()).not.toContain("POST /v1/predictions/:id/cancel");
  });

  test("may give its files within the reply", async () => {
    fake.faultOn(replicateRoutes.predict, faults.status(201, { body: { id: "p9", status: "succeeded", output: { image: `data:image/png;base64,${Buffer.from(png).toString("base64")}` } } }));
    const parts = await ask();
    expect(bytesOf(parts, 0)).toEqual(png);
  });
});

describe("a prediction that is waited for", () => {
  test("is asked about after waits that grow, and given up in the end", async () => {
    const looks = (): number => paths().filter((path) => path === "GET /v1/predictions/:id").length;
    const untilLooks = async (count: number): Promise<void> => {
      for (let turn = 0; turn < 2000 && looks() < count; turn++) await turns();
      await fake.idle();
      await turns(20); // the answer is with the client
    };
    using clock = virtualClock({ epoch: Date.now() }).install();
    const reading = ask({ model: "any/slow" }, {}, { pollInterval: 100, maxWait: 5000 });
    reading.catch(() => {}); // observed below
    while (begun() === undefined) await turns();
    await untilLooks(0);
    for (const [index, wait] of [100, 150, 225, 337.5, 506.25, 759.375, 1000, 1000].entries()) {
      await clock.advance(wait - 1);
      expect(looks()).toBe(index);
      await clock.advance(1);
      await untilLooks(index + 1);
      expect(looks()).toBe(index + 1);
    }
    await clock.advance(1000);
    await expect(reading).rejects.toMatchObject({ code: "deadline_exceeded", reason: "timeout" });
  });

  test("survives questions that fail in passing, but not too many in a row", async () => {
    fake.faultOn(replicateRoutes.prediction, faults.status(502), faults.status(429), faults.reset(0), faults.none(), faults.status(500));
    expect((await mediaReply(stage()(request))).media).toHaveLength(2);
    fake.clear();
    fake.faultOn(replicateRoutes.prediction, ...Array.from({ length: 5 }, () => faults.status(502)));
    await expect(ask()).rejects.toMatchObject({ code: "unavailable" });
    fake.clear();
    fake.faultOn(replicateRoutes.prediction, faults.status(404));
    await expect(ask()).rejects.toMatchObject({ code: "not_found" });
  });

  test.each(["leaves", "aborts"])("is cancelled when its reader %s", async (how) => {
    const controller = new AbortController();
    const reading = (async () => {
      for await (const part of stage({ model: "any/slow" })(request, { signal: controller.signal })) {
        if (part.type !== "progress" || part.status !== "processing") continue;
        if (how === "leaves") break;
        controller.abort(new Error("enough"));
      }
    })();
    const outcome = await reading.then(() => "left", (error: Error) => error.message);
    expect(outcome).toBe(how === "leaves" ? "left" : "enough");
    for (let turn = 0; turn < 500 && !paths().includes("POST /v1/predictions/:id/cancel"); turn++) await turns();
    await fake.idle();
    expect(paths().filter((path) => path.endsWith("/cancel"))).toHaveLength(1);
  });
});

test("the vendor's SDK makes the same of the same prediction", async () => {
  const sdk = new Replicate({ auth: token, baseUrl: `${fake.url}/v1`, useFileOutput: false });
  const urls = (await sdk.run(model, { input: { prompt: "a fox" }, wait: { mode: "poll", interval: 1 } })) as string[];
  const theirs = await Promise.all(urls.map(async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())));
  expect((await mediaReply(stage()(request))).media.map(({ bytes }) => new Uint8Array(bytes))).toEqual(theirs);
});

stageLaws("text to image of Replicate", { stage: () => stage({}, { wait: 1 }), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

const laws = { fake: () => fakeReplicate({ token }), stage: (url: string) => pipe(stage({}, { wait: 1 }, url), comparable), input: request, isStreamed: false };
engineLaws({ ...laws, name: "a file of Replicate", route: replicateRoutes.file, wholeBody: png, hasEndMark: false });
engineLaws({ ...laws, name: "a prediction of Replicate", route: replicateRoutes.predict, key: token, wholeBody: "x".repeat(900), hasEndMark: false });
