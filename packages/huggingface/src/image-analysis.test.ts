import { InferenceClient } from "@huggingface/inference";
import { collect } from "@iftk/core";
import type { ImageAnalysisOptions, ImageAnalysisRequest } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeHuggingface, huggingfaceReplies } from "@iftk/testing/providers";
import { afterAll, beforeEach, expect, test } from "vitest";
import { huggingface } from "./engine.js";

const token = "hf_fake";
const { image, caption, detections } = huggingfaceReplies.tasks;
const request: ImageAnalysisRequest = { image: { data: image, mediaType: "image/png" } };

const fake = await fakeHuggingface({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ImageAnalysisOptions> = {}, baseUrl = fake.url) => huggingface({ apiKey: token, baseUrl }).imageAnalysis({ model: "any/image-to-text", ...options });
const detection = { model: "any/object-detection", api: "object-detection" };
const finish = { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true } };

test("the caption is the description", async () => {
  expect(await collect(stage()(request))).toEqual([{ type: "analysis", analysis: { description: "a fox in the snow", captions: ["a fox in the snow"] } }, finish]);
  expect([fake.requests[0]?.headers.get("content-type"), fake.requests[0]?.bytes]).toEqual(["image/png", image]);
});

test("object detection tells what is where", async () => {
  const [part] = await collect(stage(detection)({ image: { data: Buffer.from(image).toString("base64"), mediaType: "image/png" } }));
  expect(part).toEqual({
    type: "analysis",
    analysis: {
      objects: ["fox", "tree"],
      detections: [
        { name: "fox", confidence: 0.98, x: 10, y: 20, width: 100, height: 200 },
        { name: "tree", confidence: 0.7, x: 0, y: 0, width: 40, height: 300 },
      ],
    },
  });
});

test("the vendor's SDK makes the same of the same bytes", async () => {
  const theirs = await new InferenceClient(token).objectDetection({ endpointUrl: `${fake.url}/hf-inference/models/any/object-detection`, data: new Blob([image], { type: "image/png" }) }, { fetch: (url, init) => fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), "content-type": "image/png" } }) });
  const [part] = await collect(stage(detection)(request));
  expect(part?.type === "analysis" && part.analysis.detections?.map(({ name, confidence, x, y, width, height }) => ({ label: name, score: confidence, box: { xmin: x, ymin: y, xmax: x + width, ymax: y + height } }))).toEqual(theirs);
});

test("another provider and another API are refused by name", async () => {
  await expect(collect(stage({ model: "any/image-to-text:together" })(request))).rejects.toMatchObject({ code: "unimplemented", message: "huggingface: model: image analysis is done by hf-inference and by endpoints of your own, not by together" });
  expect(() => stage({ api: "tags" })).toThrow('huggingface: imageAnalysis has no API "tags"; it has "image-to-text" and "object-detection"');
});

stageLaws("image analysis of Hugging Face", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

const laws = { fake: () => fakeHuggingface({ token }), input: request, key: token, isStreamed: false };
engineLaws({ ...laws, name: "captions of Hugging Face", stage: (baseUrl) => stage({}, baseUrl), wholeBody: caption });
engineLaws({ ...laws, name: "detections of Hugging Face", stage: (baseUrl) => stage(detection, baseUrl), wholeBody: detections });
