/** Two engines look at one image: a language model of OpenAI, and Azure's vision. */
import { collect } from "@iftk/core";
import { imageAnalysisByChat, imageAnalysisInParallel, type ImageAnalysisPart, type ImageAnalysisRequest } from "@iftk/inference";
import { convertImage } from "@iftk/inference/media";
import { openai } from "@iftk/openai";
import { turns, virtualClock } from "@iftk/testing";
import { azureRoutes, fakeAzure, fakeOpenai, faults } from "@iftk/testing/providers";
import { afterAll, beforeEach, expect, test } from "vitest";
import { azure } from "./engine.js";

const seen = { description: "A man looks into the camera; behind him is a café.", people: ["a man in a blue coat"], objects: [], textFragments: ["CAFÉ CENTRAL"], atmosphere: "cheerful", setting: "a street" };
const [llmFake, visionFake] = await Promise.all([fakeOpenai({ reply: { text: JSON.stringify(seen) }, isCompatible: true }), fakeAzure()]);
beforeEach(() => {
  llmFake.clear();
  visionFake.clear();
});
afterAll(() => Promise.all([llmFake.close(), visionFake.close()]));

const chat = openai({ apiKey: "sk-any-0123456789", baseUrl: `${llmFake.url}/v1` }).chat({ model: "gpt-x" });
const vision = azure({ apiKey: "azure-fake", endpoint: visionFake.url }).imageAnalysis({ model: "image-analysis" });
const llmRoute = "POST /v1/chat/completions";
const both = (llmTimeout?: number) => imageAnalysisInParallel({ llm: imageAnalysisByChat(chat), vision, ...(llmTimeout !== undefined && { llmTimeout }) });

const drawing = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="9" height="9" fill="red"/></svg>');
const request: ImageAnalysisRequest = { image: { data: await convertImage(drawing, "png"), mediaType: "image/png" } };
const byVision = { description: "a man taking a selfie in front of a café", people: ["person"], objects: ["person", "cup"] };
const analysisIn = (parts: readonly ImageAnalysisPart[]) => parts.find((part) => part.type === "analysis")?.analysis;
const warningsIn = (parts: readonly ImageAnalysisPart[]) => parts.flatMap((part) => (part.type === "warning" ? [part.message] : []));

test("what both tell is one analysis, in which the language model is believed", async () => {
  const parts = await collect(both()(request));
  const { objects: _, ...told } = seen;
  expect(analysisIn(parts)).toMatchObject({ ...told, objects: byVision.objects, tags: ["human face", "person", "cup"], captions: [byVision.description, "a cup of coffee on a table"] });
  expect(analysisIn(parts)?.detections).toHaveLength(4);
  expect([warningsIn(parts), parts.at(-1)]).toMatchObject([[], { type: "finish", usage: { images: 1 } }]);
  const asked = llmFake.requests.map((each) => each.json() as { readonly messages: readonly { readonly content: readonly unknown[] }[] });
  expect(asked[0]?.messages[0]?.content).toContainEqual({ type: "image_url", image_url: expect.objectContaining({ url: expect.stringMatching(/^data:image\/png;base64,/u) }) });
});

test("one that fails is a warning, and the other's answer stands alone", async () => {
  llmFake.faultOn(llmRoute, faults.status(500));
  const withoutLlm = await collect(both()(request));
  visionFake.faultOn(azureRoutes.analysis, faults.status(503));
  const withoutVision = await collect(both()(request));
  expect([analysisIn(withoutLlm), warningsIn(withoutLlm)]).toMatchObject([byVision, [expect.stringContaining("openai: 500")]]);
  const { objects: _, ...told } = seen;
  expect([analysisIn(withoutVision), warningsIn(withoutVision)]).toEqual([told, [expect.stringContaining("azure: 503")]]);
});

test("when both fail, the error tells of both", async () => {
  llmFake.faultOn(llmRoute, faults.status(401));
  visionFake.faultOn(azureRoutes.analysis, faults.status(400));
  const error: unknown = await collect(both()(request)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/openai: 401.*azure: 400/u), cause: { errors: [{ code: "unauthenticated" }, { code: "invalid_argument" }] } });
});

test("a language model that is too late is cancelled: its request is cut, and Azure's answer stands alone", async () => {
  llmFake.faultOn(llmRoute, faults.hold());
  using clock = virtualClock().install();
  const reading = collect(both()(request));
  while (llmFake.requests.length === 0 || visionFake.requests.length === 0 || visionFake.openSockets > 0) await turns();
  await turns(20); // Azure's answer is with the client
  await clock.advance(99_999);
  expect(llmFake.openSockets).toBe(1);
  await clock.advance(1);
  const parts = await reading;
  await llmFake.requests[0]?.closed;
  expect([analysisIn(parts), warningsIn(parts), llmFake.openSockets]).toMatchObject([byVision, [expect.stringContaining("failed")], 0]);
});
