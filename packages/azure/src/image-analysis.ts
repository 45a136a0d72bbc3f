/** What is to be seen and read in an image. */
import { outputStream, StageError, type OutputStream } from "@iftk/core";
import { imageAnalysisRequest, readRequest, type Finish, type ImageAnalysis, type ImageAnalysisOptions, type ImageAnalysisPart, type ImageAnalysisRequest } from "@iftk/inference";
import { analysisOf, linesOf, modelOf } from "./analysis.js";
import { provider, type Client, type VisionReply } from "./client.js";
import { failureIn, failureOf } from "./failure.js";
import { analysisLimits, imageIn, ocrLimits, type ImageLimits } from "./image-in.js";

/** One of the APIs. */
interface VisionApi {
  readonly path: string;
  readonly limits: ImageLimits;
  readonly query: (client: Client, options: ImageAnalysisOptions, request: ImageAnalysisRequest) => Readonly<Record<string, unknown>>;
  readonly read: (reply: unknown) => ImageAnalysis;
}

/** Features that know English alone. */
const captions: readonly string[] = ["caption", "denseCaptions"];
const features: readonly string[] = ["tags", "objects", "people", "read"];
const isEnglish = (language: string | undefined): boolean => language === undefined || /^en\b/iu.test(language);

const analysis = (featuresFor: (request: ImageAnalysisRequest) => readonly string[]): VisionApi => ({
  path: "/computervision/imageanalysis:analyze",
  limits: analysisLimits,
  query: ({ apiVersion }, { model }, request) => ({
    "api-version": apiVersion,
    features: featuresFor(request),
    language: request.language,
    "model-version": isName(model) ? undefined : model,
  }),
  read: analysisOf,
});

const apis: ReadonlyMap<string, VisionApi> = new Map([
  ["image-analysis", analysis(({ language }) => (isEnglish(language) ? [...captions, ...features] : features))],
  ["ocr", analysis(() => ["read"])],
  ["v3.2-ocr", { path: "/vision/v3.2/ocr", limits: ocrLimits, query: (_, __, { language }) => ({ language, detectOrientation: true }), read: linesOf }],
]);

/** Whether a model is one of the APIs, rather than a version of the model behind Image Analysis. */
const isName = (model: string): boolean => apis.has(model);

/**
 * The stage for a model: `image-analysis`, `ocr`, or a model version such as `2023-10-01`. `api` is `image-analysis`, `ocr`, which
 * is its feature `read` alone, or `v3.2-ocr`, the text recognition before it; without it the one that the model names.
 */
export function imageAnalysis(client: Client, options: ImageAnalysisOptions): OutputStream<ImageAnalysisRequest, ImageAnalysisPart> {
  const { model, raw } = options;
  const name = options.api ?? (isName(model) ? model : "image-analysis");
  const api = apis.get(name);
  if (!api) throw new StageError("unimplemented", `${provider}: imageAnalysis has no API ${JSON.stringify(name)}; it has ${[...apis.keys()].map((key) => JSON.stringify(key)).join(", ")}`, { reason: "option" });
  return outputStream(async function* azureImageAnalysis(input: ImageAnalysisRequest, { signal }) {
    const request = readRequest(imageAnalysisRequest, options, input);
    if (name === "image-analysis" && !isEnglish(request.language) && raw?.["features"] === undefined) yield { type: "warning", message: `${provider}: captions are left out: they are made in English alone, not in ${request.language}` };
    const reply = await look(client, api, request, { ...api.query(client, options, request), ...raw }, signal);
    const failure = failureIn(reply);
    if (failure) throw failure;
    yield { type: "analysis", analysis: api.read(reply.body) };
    yield finishOf(reply);
  });
}

async function look(client: Client, { path, limits }: VisionApi, { image }: ImageAnalysisRequest, query: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<VisionReply> {
  const body = await imageIn(image, limits, signal);
  try {
    return await client.look(path, query, body, signal);
  } catch (error) {
    throw failureOf(error);
  }
}

function finishOf({ id, body }: VisionReply): Finish {
  const model = modelOf(body);
  const response = { ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
  return { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true }, ...(Object.keys(response).length > 0 && { response }) };
}
