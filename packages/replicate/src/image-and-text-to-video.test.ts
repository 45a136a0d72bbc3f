import { collect, pipe } from "@iftk/core";
import { mediaReply, type VideoOptions, type VideoRequest } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeReplicate, replicateReplies, replicateRoutes } from "@iftk/testing/providers";
import { afterAll, beforeEach, expect, test } from "vitest";
import { replicate } from "./engine.js";
import { comparable } from "./fixtures/comparable.js";

const token = "r8_fake";
const model = "kwaivgi/kling-v2.1";
const request: VideoRequest = { image: { data: "AQID", mediaType: "image/png" }, prompt: "the fox jumps" };
const { mp4 } = replicateReplies;

const fake = await fakeReplicate({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<VideoOptions> = {}, url = fake.url, wait?: number) => replicate({ apiKey: token, baseUrl: `${url}/v1`, pollInterval: 1, wait }).imageAndTextToVideo({ model, ...options });
const input = (): unknown => fake.requests.find(({ method, path }) => method === "POST" && path.endsWith("/predictions"))?.json();

test("the image is its first, and the video comes as it is downloaded", async () => {
  const parts = await collect(stage({ raw: { negative_prompt: "snow" } })({ ...request, duration: 5, ratio: "1280:720" }));
  expect(parts.filter(({ type }) => type !== "media-delta" && type !== "progress")).toEqual([
    { type: "media-start", index: 0, mediaType: "video/mp4", size: mp4.length },
    { type: "media-end", index: 0 },
    expect.objectContaining({ type: "finish", usage: { inputTokens: 0, outputTokens: 0, seconds: 5, estimated: true } }),
  ]);
  expect(parts.filter(({ type }) => type === "progress").length).toBeGreaterThan(2);
  expect(input()).toEqual({ input: { start_image: "data:image/png;base64,AQID", prompt: "the fox jumps", duration: 5, aspect_ratio: "16:9", negative_prompt: "snow" } });
});

test("a duration that the model does not make is refused, a ratio it does not have becomes the nearest", async () => {
  await expect(collect(stage()({ ...request, duration: 7 }))).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: "replicate: duration: this model takes 5, 10 for duration" });
  fake.clear();
  const { warnings, media } = await mediaReply(stage()({ ...request, ratio: "5:4", seed: 7 }));
  expect(warnings).toEqual(["replicate: seed is left out: this model has no such input", "replicate: the exact ratio is left out: the nearest that this model takes is 1:1"]);
  expect(new Uint8Array(media[0]?.bytes ?? [])).toEqual(mp4);
});

stageLaws("image and text to video of Replicate", { stage: () => stage({}, fake.url, 1), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

engineLaws({ name: "a video of Replicate", fake: () => fakeReplicate({ token }), route: replicateRoutes.file, stage: (url) => pipe(stage({}, url, 1), comparable), input: request, wholeBody: mp4, isStreamed: false, hasEndMark: false });
