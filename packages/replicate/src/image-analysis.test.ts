import { collect, pipe } from "@iftk/core";
import type { ImageAnalysisOptions, ImageAnalysisRequest } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeReplicate, faults, replicateRoutes, sse } from "@iftk/testing/providers";
import Replicate from "replicate";
import { afterAll, beforeEach, expect, test } from "vitest";
import { replicate } from "./engine.js";
import { comparable } from "./fixtures/comparable.js";

const token = "r8_fake";
const model = "yorickvp/llava-13b";
const request: ImageAnalysisRequest = { image: { data: "AQID", mediaType: "image/png" } };
const image = "data:image/png;base64,AQID";

const fake = await fakeReplicate({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ImageAnalysisOptions> = {}, url = fake.url) => replicate({ apiKey: token, baseUrl: `${url}/v1`, pollInterval: 1 }).imageAnalysis({ model, ...options });
const input = (): unknown => fake.requests.find(({ method, path }) => method === "POST" && path.endsWith("/predictions"))?.json();

test("what the model says is the description", async () => {
  expect(await collect(stage({ raw: { max_tokens: 64 } })(request))).toEqual([
    { type: "analysis", analysis: { description: "A fox in the snow." } },
    expect.objectContaining({ type: "finish", reason: { unified: "stop", raw: "succeeded" } }),
  ]);
  expect(input()).toEqual({ input: { image, prompt: "Describe what is to be seen in this image.", max_tokens: 64 } });
});

test("what to look for, and the language, are asked in the prompt", async () => {
  await collect(stage()({ image: { url: "https://example.org/a.png" }, prompt: "How many foxes?", language: "de" }));
  expect(input()).toEqual({ input: { image: "https://example.org/a.png", prompt: "How many foxes? Answer in the language de." } });
});

test("a model that says nothing gives no analysis", async () => {
  fake.faultOn(replicateRoutes.stream, faults.status(200, { headers: { "content-type": "text/event-stream" }, body: "event: done\ndata: {}\n\n" }));
  await expect(collect(stage()(request))).rejects.toMatchObject({ code: "unavailable", reason: "malformed" });
});

test("the vendor's SDK makes the same of the same stream", async () => {
  let theirs = "";
  for await (const event of new Replicate({ auth: token, baseUrl: `${fake.url}/v1` }).stream(model, { input: { image, prompt: "Look." } })) theirs += event.event === "output" ? event.data : "";
  expect((await collect(stage()(request)))[0]).toEqual({ type: "analysis", analysis: { description: theirs } });
});

stageLaws("image analysis of Replicate", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

engineLaws({
  name: "image analysis of Replicate",
  fake: () => fakeReplicate({ token }),
  route: replicateRoutes.stream,
  stage: (url) => pipe(stage({}, url), comparable),
  input: request,
  wholeBody: sse(["A fox", " in the", " snow."].map((data, index) => ({ event: "output", id: `1690212292:${index}`, data })).concat({ event: "done", id: "1690212293:0", data: "{}" })).join(""),
  isStreamed: true,
});
