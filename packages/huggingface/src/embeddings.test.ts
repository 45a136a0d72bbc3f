import { InferenceClient } from "@huggingface/inference";
import type { EmbeddingsOptions, EmbeddingsRequest } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeHuggingface, faults, huggingfaceReplies, huggingfaceRoutes } from "@iftk/testing/providers";
import { afterAll, beforeEach, expect, test } from "vitest";
import { huggingface } from "./engine.js";

const token = "hf_fake";
const request: EmbeddingsRequest = { texts: ["a fox", "a tree"] };
const vectors = JSON.parse(huggingfaceReplies.tasks.vectors) as number[][];
const reply = { vectors, usage: { inputTokens: 0, outputTokens: 0, estimated: true } };

const fake = await fakeHuggingface({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<EmbeddingsOptions> = {}, baseUrl = fake.url) => huggingface({ apiKey: token, baseUrl, hubUrl: baseUrl }).embeddings({ model: "any/embed:hf-inference", ...options });

test("each text becomes a vector", async () => {
  expect(await stage({ dimensions: 3, raw: { normalize: true } })(request)).toEqual(reply);
  expect(fake.requests[0]?.json()).toEqual({ inputs: request.texts, dimensions: 3, normalize: true });
});

test("other providers are reached as the vendor's SDK does", async () => {
  expect(await stage({ model: "some/embed:together" })(request)).toEqual(reply);
  expect(fake.requests.at(-1)?.json()).toMatchObject({ model: "together-embed", input: request.texts });
});

test("a model that gives something else than a vector for each text is refused", async () => {
  fake.faultOn(huggingfaceRoutes.features, faults.status(200, { body: [[[0.1, 0.2]], [[0.3, 0.4]]] }), faults.status(200, { body: [[0.1, 0.2]] }));
  await expect(stage()(request)).rejects.toMatchObject({ code: "unavailable", reason: "malformed", message: "huggingface: the reply is not one vector for each text" });
  await expect(stage()(request)).rejects.toMatchObject({ reason: "malformed" });
});

test("the vendor's SDK makes the same of the same bytes", async () => {
  const theirs = await new InferenceClient(token).featureExtraction({ endpointUrl: `${fake.url}/hf-inference/models/any/embed/pipeline/feature-extraction`, inputs: [...request.texts] });
  expect((await stage()(request)).vectors).toEqual(theirs);
});

stageLaws("embeddings of Hugging Face", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

engineLaws({ name: "embeddings of Hugging Face", fake: () => fakeHuggingface({ token }), stage: (baseUrl) => stage({}, baseUrl), input: request, key: token, wholeBody: huggingfaceReplies.tasks.vectors, isStreamed: false });
