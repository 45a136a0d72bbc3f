/** Azure on this machine: its vision resource, and one with OpenAI's models. */
import { z } from "zod";
import { azureReplies } from "./azure-replies.js";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import { jsonOf, type FakeRequest } from "./fake-request.js";
import type { FakeHandler, FakeRoutes } from "./fake-routes.js";
import { openaiChatRoutes, type FakeOpenaiOptions } from "./openai.js";

/** Routes of the fake, to put faults on. */
export const azureRoutes = {
  analysis: "POST /computervision/imageanalysis:analyze",
  ocr: "POST /vision/v3.2/ocr",
} as const;

const listed = (item: string): RegExp => new RegExp(`^${item}(,${item})*$`, "u");
const feature = "(caption|denseCaptions|objects|people|read|smartCrops|tags)";
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z]{2,4})?$/u).optional();

/** The query of Image Analysis 4.0. */
const analysisQuery = z.strictObject({
  "api-version": z.enum(["2023-10-01", "2024-02-01"]),
  features: z.string().regex(listed(feature)),
  language,
  "gender-neutral-caption": z.enum(["true", "false"]).optional(),
  "smartcrops-aspect-ratios": z.string().regex(listed("[01](\\.\\d+)?")).optional(),
  "model-version": z.string().optional(),
});

/** The query of the OCR of version 3.2. */
const ocrQuery = z.strictObject({ language, detectOrientation: z.enum(["true", "false"]).optional(), "model-version": z.string().optional() });

const byUrl = z.strictObject({ url: z.url({ protocol: /^https?$/u }) });

/** Starts a fake Azure AI Vision. Requests without the key get 401; those that are not as published, and images that it does not take, 400. */
export function fakeAzure({ key = "azure-fake" }: { readonly key?: string } = {}): Promise<FakeProvider> {
  const route = (query: z.ZodType<Partial<Record<string, unknown>>>, invalid: (code: string, message: string) => FakeReply, answer: (query: Partial<Record<string, unknown>>) => object): FakeHandler => (request) => {
    if (request.headers.get("ocp-apim-subscription-key") !== key && request.headers.get("authorization") !== `Bearer ${key}`) return wrongKey;
    const asked = query.safeParse(Object.fromEntries(request.query));
    if (!asked.success) return invalid("InvalidParameter", `The parameter is invalid: ${asked.error.issues[0]?.path.join(".")}: ${asked.error.issues[0]?.message}`);
    const fault = imageFault(request);
    return fault ? invalid(...fault) : { headers: { "apim-request-id": "f0c6b1de-52c6-4f3e-8a43-2d9d8b1f7c3e", "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(answer(asked.data)) };
  };
  return fakeProvider({
    [azureRoutes.analysis]: route(analysisQuery, invalidRequest, ({ features, "model-version": version }) => azureReplies.analysis((features as string).split(","), version as string | undefined)),
    [azureRoutes.ocr]: route(ocrQuery, (code, message) => ({ status: 400, body: { code, requestId: "f0c6b1de", message } }), () => azureReplies.ocr),
  });
}

const wrongKey: FakeReply = {
  status: 401,
  body: { error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource." } },
};

const invalidRequest = (code: string, message: string): FakeReply => ({ status: 400, body: { error: { code: "InvalidRequest", message, innererror: { code, message } } } });

/** What is wrong with the image that a request holds: its code and message. */
function imageFault(request: FakeRequest): readonly [code: string, message: string] | undefined {
  const { headers, bytes } = request;
  if (headers.get("content-type") === "application/json") return byUrl.safeParse(jsonOf(request)).success ? undefined : ["InvalidImageUrl", "Image URL is badly formatted."];
  if (headers.get("content-type") !== "application/octet-stream") return ["InvalidRequest", "The content type is not supported."];
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (!/^(\u0089PNG|\u00ff\u00d8\u00ff|GIF8|BM|II\*|MM\0\*|RIFF....WEBP)/su.test(start)) return ["InvalidImageFormat", "Input data is not a valid image."];
  if (!start.startsWith("\u0089PNG")) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sides = [view.getUint32(16), view.getUint32(20)];
  return sides.every((side) => side >= 50 && side <= 16_000) ? undefined : ["InvalidImageSize", "The image size is not allowed to be zero, smaller than 50 x 50 or larger than 16000 x 16000 pixels."];
}

/**
 * Starts a fake resource of Azure OpenAI: version 1 of its API, and chat completions of dated versions at their deployments. It answers
 * as the fake OpenAI does, with what Azure's content filter adds; a prompt that holds the word "forbidden" is filtered.
 */
export function fakeAzureOpenai({ key, ...options }: Omit<FakeOpenaiOptions, "routes"> = {}): Promise<FakeProvider> {
  const own = openaiChatRoutes(options);
  const known = (handler: FakeHandler): FakeHandler => async (request, turn) => {
    if (key !== undefined && request.headers.get("api-key") !== key) return wrongKey;
    if (request.text.includes("forbidden")) return azureReplies.filteredPrompt;
    return withFilterResults(await handler(request, turn));
  };
  const routes = Object.entries(own).flatMap(([route, handler]): [string, FakeHandler][] => {
    const path = route.replace("POST /v1", "");
    const dated: FakeHandler = (request, turn) => (request.query.get("api-version") ? known(handler)(request, turn) : { status: 404, body: { error: { code: "404", message: "Resource not found" } } });
    return [[`POST /openai/v1${path}`, known(handler)], [`POST /openai/deployments/:deployment${path}`, dated]];
  });
  return fakeProvider(Object.fromEntries(routes) satisfies FakeRoutes);
}

/** The reply with the chunk of prompt results before it, and results in every choice. */
function withFilterResults(reply: FakeReply): FakeReply {
  const { body } = reply;
  if (!Array.isArray(body)) return reply;
  const pieces = (body as readonly string[]).map((piece) => piece.replaceAll(/"delta":/gu, `"content_filter_results":${JSON.stringify(azureReplies.filterResults)},"delta":`));
  return { ...reply, body: [`data: ${JSON.stringify(azureReplies.promptResults)}\n\n`, ...pieces] };
}
