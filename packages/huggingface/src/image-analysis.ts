/** What is to be seen in an image. */
import { outputStream, type Call, type OutputStream, type Stream } from "@iftk/core";
import { readRequest, imageAnalysisRequest, type ImageAnalysis, type ImageAnalysisOptions, type ImageAnalysisPart, type ImageAnalysisRequest } from "@iftk/inference";
import { bytesOf } from "@iftk/inference/media";
import { ownUrl, unknownApi, type Client } from "./client.js";
import { failureIn, unexpected } from "./failure.js";

const apis = ["image-to-text", "object-detection"] as const;

/**
 * The stage for a model. `api` is `"image-to-text"`, the default, which gives a caption, or `"object-detection"`, which tells what is where.
 * Both are done by hf-inference and by endpoints of one's own; a `prompt` is ignored.
 */
export function imageAnalysis(client: Client, options: ImageAnalysisOptions): OutputStream<ImageAnalysisRequest, ImageAnalysisPart> {
  const { api = apis[0] } = options;
  const read = api === apis[0] ? captionOf : api === apis[1] ? detectionsOf : undefined;
  if (!read) throw unknownApi("imageAnalysis", api, apis);
  return outputStream(function huggingfaceImageAnalysis(input: ImageAnalysisRequest, call) {
    return analyse(client, options, readRequest(imageAnalysisRequest, options, input), call, read);
  });
}

const maxBytes = 64 * 2 ** 20;

async function* analyse(client: Client, { raw, ...options }: ImageAnalysisOptions, { image }: ImageAnalysisRequest, { signal }: Call, read: (reply: unknown) => ImageAnalysis | undefined): Stream<ImageAnalysisPart> {
  const url = ownUrl(client, options, "image analysis");
  const { bytes, mediaType } = await bytesOf(image, { signal, maxBytes });
  const sending = raw ? { body: JSON.stringify({ inputs: Buffer.from(bytes).toString("base64"), ...raw }) } : { body: bytes, contentType: mediaType };
  const reply = await (await client.send({ url, ...sending, accept: "application/json", signal })).json();
  const failure = failureIn(reply, client.secrets());
  if (failure) throw failure;
  const analysis = read(reply);
  if (!analysis) throw unexpected("what this task gives");
  yield { type: "analysis", analysis };
  yield { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, images: 1, estimated: true } };
}

/** `{ generated_text }`, or a list of them. */
function captionOf(reply: unknown): ImageAnalysis | undefined {
  const replies = Array.isArray(reply) ? (reply as readonly unknown[]) : [reply];
  const captions = replies.flatMap((item) => {
    const text = typeof item === "object" && item !== null ? (item as { readonly generated_text?: unknown }).generated_text : undefined;
    return typeof text === "string" ? [text.trim()] : [];
  });
  const [first] = captions;
  return first === undefined ? undefined : { description: first, captions };
}

interface Detection {
  readonly label?: unknown;
  readonly score?: unknown;
  readonly box?: { readonly xmin?: unknown; readonly ymin?: unknown; readonly xmax?: unknown; readonly ymax?: unknown } | null;
}

/** A list of `{ label, score, box }`. */
function detectionsOf(reply: unknown): ImageAnalysis | undefined {
  if (!Array.isArray(reply)) return undefined;
  const detections = (reply as readonly (Detection | null)[]).flatMap((found) => {
    const { xmin, ymin, xmax, ymax } = found?.box ?? {};
    if (typeof found?.label !== "string" || typeof xmin !== "number" || typeof ymin !== "number" || typeof xmax !== "number" || typeof ymax !== "number") return [];
    return [{ name: found.label, ...(typeof found.score === "number" && { confidence: found.score }), x: xmin, y: ymin, width: xmax - xmin, height: ymax - ymin }];
  });
  if (detections.length < reply.length) return undefined;
  return { objects: [...new Set(detections.map(({ name }) => name))], detections };
}
