import { collect, map, pipe } from "@iftk/core";
import type { ImageAnalysisOptions, ImageAnalysisPart, ImageAnalysisRequest } from "@iftk/inference";
import { convertImage } from "@iftk/inference/media";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { azureReplies, azureRoutes, fakeAzure, faults } from "@iftk/testing/providers";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { azure } from "./engine.js";
import { interpretAnalysis } from "./interpretation.js";

const key = "azure-fake";
const fake = await fakeAzure({ key });
beforeEach(() => fake.clear());
afterEach(() => vi.unstubAllEnvs());
afterAll(() => fake.close());

/** A drawing of so many pixels a side. */
const drawing = (side: number): Uint8Array => new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="9" height="9" fill="red"/></svg>`);
const png = new Uint8Array(await convertImage(drawing(64), "png"));
const request: ImageAnalysisRequest = { image: { data: png, mediaType: "image/png" } };

const stage = (options: Partial<ImageAnalysisOptions> = {}, endpoint = fake.url) => azure({ apiKey: key, endpoint }).imageAnalysis({ model: "image-analysis", ...options });
const analysisIn = (parts: readonly ImageAnalysisPart[]) => parts.find((part) => part.type === "analysis")?.analysis;
const sent = () => fake.requests.map(({ path, query, headers, bytes }) => ({ path, query: Object.fromEntries(query), type: headers.get("content-type"), bytes }));
const finish = (version: string) => ({ type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true }, response: { id: "f0c6b1de-52c6-4f3e-8a43-2d9d8b1f7c3e", model: version } });
const seen = {
  description: "a man taking a selfie in front of a café",
  captions: ["a man taking a selfie in front of a café", "a cup of coffee on a table"],
  people: ["person"],
  objects: ["person", "cup"],
  tags: ["human face", "person", "cup"],
  textFragments: ["CAFÉ CENTRAL", "EXIT"],
  detections: [
    { name: "person", confidence: 0.913, x: 120, y: 60, width: 340, height: 540 },
    { name: "cup", confidence: 0.689, x: 430, y: 390, width: 90, height: 95 },
    { name: "cup", confidence: 0.581, x: 600, y: 400, width: 80, height: 90 },
    { name: "person", confidence: 0.9466, x: 118, y: 55, width: 345, height: 545 },
  ],
};

describe("image analysis", () => {
  test("asks for all that can be told, and tells it", async () => {
    expect(await collect(stage()(request))).toEqual([{ type: "analysis", analysis: seen }, finish("2023-10-01")]);
    expect(sent()).toEqual([{ path: "/computervision/imageanalysis:analyze", query: { "api-version": "2024-02-01", features: "caption,denseCaptions,tags,objects,people,read" }, type: "application/octet-stream", bytes: png }]);
  });

  test("lets Azure fetch an image that is given by its URL", async () => {
    await collect(stage()({ image: { url: "https://example.org/a.png" } }));
    expect([sent()[0]?.type, fake.requests[0]?.json()]).toEqual(["application/json", { url: "https://example.org/a.png" }]);
  });

  test("takes an image in base64 and in a data URL", async () => {
    const data = Buffer.from(png).toString("base64");
    await collect(stage()({ image: { data, mediaType: "image/png" } }));
    await collect(stage()({ image: { url: `data:image/png;base64,${data}` } }));
    expect(sent().map(({ bytes }) => bytes)).toEqual([png, png]);
  });

  test("asks for fewer features, and for other parameters, where code says so", async () => {
    const parts = await collect(stage({ model: "2024-02-01", raw: { features: ["objects", "smartCrops"], "smartcrops-aspect-ratios": [1, 1.5] } })(request));
    expect([analysisIn(parts), parts.at(-1)]).toEqual([{ objects: seen.objects, detections: seen.detections.slice(0, 3) }, finish("2024-02-01")]);
    expect(sent()[0]?.query).toEqual({ "api-version": "2024-02-01", features: "objects,smartCrops", "smartcrops-aspect-ratios": "1,1.5", "model-version": "2024-02-01" });
  });

  test("says that captions are English, and leaves them out in another language", async () => {
    const parts = await collect(stage({ language: "fr" })({ ...request, prompt: "Which cup?" }));
    expect(parts[0]).toEqual({ type: "warning", message: "azure: captions are left out: they are made in English alone, not in fr" });
    expect(sent()[0]?.query).toEqual({ "api-version": "2024-02-01", features: "tags,objects,people,read", language: "fr" });
  });

  test("tells only what it was asked to look for, and an empty list for what it did not find", async () => {
    fake.fault(faults.status(200, { body: { modelVersion: "1", metadata: {}, tagsResult: { values: [] }, readResult: { blocks: [] }, news: 1, objectsResult: { values: [{ boundingBox: {}, tags: [{ name: "cup" }] }, null] } } }));
    expect(analysisIn(await collect(stage()(request)))).toEqual({ tags: [], textFragments: [], objects: [], detections: [] });
  });
});

describe("text recognition", () => {
  test("is one feature of the analysis", async () => {
    const parts = await collect(stage({ model: "ocr" })({ ...request, language: "fr" }));
    expect([analysisIn(parts), sent()[0]?.query]).toEqual([{ textFragments: seen.textFragments }, { "api-version": "2024-02-01", features: "read", language: "fr" }]);
  });

  test("of version 3.2 gives the same lines", async () => {
    const parts = await collect(stage({ model: "ocr", api: "v3.2-ocr" })({ ...request, language: "fr" }));
    expect([analysisIn(parts), parts.at(-1), sent()[0]]).toEqual([{ textFragments: seen.textFragments }, finish("2021-04-01"), expect.objectContaining({ path: "/vision/v3.2/ocr", query: { language: "fr", detectOrientation: "true" } })]);
  });
});

describe("images that Azure does not take", () => {
  test("are sent as PNG where it is their format", async () => {
    await collect(stage()({ image: { data: drawing(64), mediaType: "image/svg+xml" } }));
    const webp = await convertImage(png, "webp");
    await collect(stage()({ image: { data: webp, mediaType: "image/webp" } }));
    await collect(stage({ api: "v3.2-ocr" })({ image: { data: webp, mediaType: "image/webp" } }));
    expect(sent().map(({ bytes }) => Buffer.from(bytes.subarray(0, 4)).toString("latin1"))).toEqual(["\u0089PNG", "RIFF", "\u0089PNG"]);
  });

  test("are refused before they are sent where they are too large, or no images", async () => {
    const large = new Uint8Array(20 * 2 ** 20 + 1);
    large.set(png);
    await expect(collect(stage()({ image: { data: large, mediaType: "image/png" } }))).rejects.toMatchObject({ code: "invalid_argument", reason: "too-large", message: "azure: the image has 20.0 MB, and Azure takes 20; send a smaller one" });
    await expect(collect(stage()({ image: { data: "AQID", mediaType: "text/plain" } }))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("cannot be converted to png") });
    expect(fake.requests).toEqual([]);
  });

  test("are refused by Azure where they have too few pixels, and the error says how many it takes", async () => {
    const small = await convertImage(drawing(49), "png");
    await expect(collect(stage()({ image: { data: small, mediaType: "image/png" } }))).rejects.toMatchObject({ code: "invalid_argument", reason: "image-size", message: expect.stringContaining("50 to 16,000 pixels a side") });
  });
});

describe("what is refused", () => {
  test("an API that there is not, by a list of those that there are", () => {
    expect(() => stage({ api: "v3.2" })).toThrow('azure: imageAnalysis has no API "v3.2"; it has "image-analysis", "ocr", "v3.2-ocr"');
  });

  test("a token of Entra that is not accepted, of which one is asked for with each request, and no error holds it", async () => {
    let turn = 0;
    const late = azure({ endpoint: fake.url, token: () => Promise.resolve(`entra-${++turn}-0123456789`) }).imageAnalysis({ model: "image-analysis" });
    await expect(collect(late(request))).rejects.toMatchObject({ code: "unauthenticated" });
    fake.fault(faults.echoKey(403));
    const echoed: unknown = await collect(late(request)).catch((error: unknown) => error);
    expect([fake.requests.map(({ headers }) => [headers.get("authorization"), headers.has("ocp-apim-subscription-key")]), String(echoed).includes("entra-2")]).toEqual([[["Bearer entra-1-0123456789", false], ["Bearer entra-2-0123456789", false]], false]);
    expect(analysisIn(await collect(azure({ endpoint: fake.url, token: () => Promise.resolve(key) }).imageAnalysis({ model: "image-analysis" })(request)))).toEqual(seen);
  });

  test("a call without endpoint or key, when it begins", async () => {
    vi.stubEnv("AZURE_VISION_ENDPOINT", "");
    vi.stubEnv("AZURE_VISION_KEY", "");
    const late = azure().imageAnalysis({ model: "image-analysis" });
    await expect(collect(late(request))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("AZURE_VISION_KEY") });
    vi.stubEnv("AZURE_VISION_KEY", key);
    await expect(collect(late(request))).rejects.toMatchObject({ code: "failed_precondition", message: expect.stringContaining("AZURE_VISION_ENDPOINT") });
    vi.stubEnv("AZURE_VISION_ENDPOINT", `${fake.url}/`);
    expect(analysisIn(await collect(late(request)))).toEqual(seen);
  });

  test.each<[string, number, string, object]>([
    ["a quota that is used up", 403, "Out of call volume quota. Quota will be replenished in 3 days.", { code: "failed_precondition", reason: "quota" }],
    ["a feature that the region has not", 400, "The feature 'Caption' is not supported in this region.", { code: "invalid_argument", reason: "region" }],
    ["a rate", 429, "Requests have exceeded call rate limit of your current S0 pricing tier.", { code: "resource_exhausted", reason: "rate-limit", retryAfter: 1000 }],
  ])("%s, as its kind", async (_, status, message, expected) => {
    fake.fault(faults.status(status, { headers: { "retry-after": "1" }, body: { error: { code: String(status), message } } }));
    await expect(collect(stage()(request))).rejects.toMatchObject({ ...expected, message: expect.stringContaining(`azure: ${status}: ${message}`) });
  });
});

test("an interpretation goes behind the stage", async () => {
  const told = pipe(stage(), map((part: ImageAnalysisPart) => (part.type === "analysis" ? { ...part, analysis: interpretAnalysis(part.analysis) } : part)));
  expect(analysisIn(await collect(told(request)))).toEqual({
    ...seen,
    captions: ["A man looking at me in front of a café", "A cup of coffee on a table"],
    tags: ["person", "cup"],
    description: "A man looking at me in front of a café. person, cup. CAFÉ CENTRAL EXIT",
  });
});

stageLaws("image analysis of Azure", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

const laws = { fake: () => fakeAzure({ key }), input: request, key, isStreamed: false };
engineLaws({ ...laws, name: "image analysis of Azure", route: azureRoutes.analysis, stage: (url) => stage({}, url), wholeBody: JSON.stringify(azureReplies.analysis(["caption", "denseCaptions", "tags", "objects", "people", "read"])) });
engineLaws({ ...laws, name: "text recognition of Azure 3.2", route: azureRoutes.ocr, stage: (url) => stage({ api: "v3.2-ocr" }, url), wholeBody: JSON.stringify(azureReplies.ocr) });
