/** Stability AI on this machine: both versions of its API for images. */
import { z } from "zod";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import { jsonOf, type FakeRequest } from "./fake-request.js";
import type { FakeHandler } from "./fake-routes.js";

/** Routes of the fake, to put faults on. */
export const stabilityRoutes = {
  generate: "POST /v2beta/stable-image/generate/:model",
  edit: "POST /v2beta/stable-image/edit/:model",
  textToImage: "POST /v1/generation/:engine/text-to-image",
  imageToImage: "POST /v1/generation/:engine/image-to-image",
  masking: "POST /v1/generation/:engine/image-to-image/masking",
} as const;

const prompt = z.string().min(1).max(10_000);
const seed = z.coerce.number().int().min(0).max(4_294_967_294).optional();
const strength = z.coerce.number().min(0).max(1);
const file = z.instanceof(File);
const common = { prompt, negative_prompt: z.string().max(10_000).optional(), seed, output_format: z.enum(["png", "jpeg", "webp"]).optional() };
const ratio = z.enum(["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"]).optional();
const style = z.string().optional();

/** The forms of version 2, by the last part of the path. */
const forms: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ["core", z.strictObject({ ...common, aspect_ratio: ratio, style_preset: style })],
  ["ultra", z.strictObject({ ...common, aspect_ratio: ratio, style_preset: style, image: file.optional(), strength: strength.optional() }).refine(({ image, strength: given }) => (image === undefined) === (given === undefined), "strength: required with an image")],
  [
    "sd3",
    z.union([
      z.strictObject({ ...common, mode: z.literal("text-to-image").optional(), aspect_ratio: ratio, model: z.string().startsWith("sd3").optional(), cfg_scale: z.coerce.number().optional(), style_preset: style }),
      z.strictObject({ ...common, mode: z.literal("image-to-image"), image: file, strength, model: z.string().startsWith("sd3").optional(), cfg_scale: z.coerce.number().optional(), style_preset: style }),
    ]),
  ],
  ["inpaint", z.strictObject({ ...common, image: file, mask: file.optional(), grow_mask: z.coerce.number().optional(), style_preset: style })],
]);

const side = z.int().min(128).multipleOf(64).optional();
const generation = {
  samples: z.coerce.number().int().min(1).max(10).optional(),
  seed: z.coerce.number().int().min(0).max(4_294_967_295).optional(),
  steps: z.coerce.number().int().min(10).max(50).optional(),
  cfg_scale: z.coerce.number().min(0).max(35).optional(),
  style_preset: style,
};
const weighted = z.array(z.strictObject({ text: z.string().min(1).max(2000), weight: z.number().optional() })).min(1);

/** The document of version 1. */
const textToImage = z.strictObject({ text_prompts: weighted, width: side, height: side, ...generation });
const largeSizes: ReadonlySet<string> = new Set(["1024x1024", "1152x896", "896x1152", "1216x832", "832x1216", "1344x768", "768x1344", "1536x640", "640x1536", "undefinedxundefined"]);

/** The forms of version 1. */
const indexed = { "text_prompts[0][text]": z.string().max(2000), "text_prompts[0][weight]": z.coerce.number().optional(), "text_prompts[1][text]": z.string().max(2000).optional(), "text_prompts[1][weight]": z.coerce.number().optional() };
const imageToImage = z.strictObject({ ...indexed, ...generation, init_image: file, init_image_mode: z.enum(["IMAGE_STRENGTH", "STEP_SCHEDULE"]).optional(), image_strength: strength.optional() });
const masking = z.strictObject({ ...indexed, ...generation, init_image: file, mask_source: z.enum(["MASK_IMAGE_WHITE", "MASK_IMAGE_BLACK", "INIT_IMAGE_ALPHA"]), mask_image: file.optional() });

const id = "ea224a4e41a1f27e0d3d35e5b1e1e0a4";
const refusal = (status: number, name: string, ...errors: readonly string[]): FakeReply => ({ status, body: { errors, id, name } });
const refusalOf1 = (status: number, name: string, message: string): FakeReply => ({ status, body: { id, message, name } });

/** A PNG of one pixel. */
const png = new Uint8Array(Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64"));

/** What version 1 answers with so many images, the first of which has this end. */
const document = (samples: number, finishReason = "SUCCESS", seedOfFirst = 7): string =>
  JSON.stringify({ artifacts: Array.from({ length: samples }, (_, index) => ({ base64: Buffer.from(png).toString("base64"), seed: seedOfFirst + index, finishReason: index === 0 ? finishReason : "SUCCESS" })) });

/** The replies of `fakeStability`. */
export const stabilityReplies = { png, document };

/**
 * Starts a fake Stability AI. Requests without the key get 401, those that are not as published 400. A prompt that holds the word
 * "forbidden" is refused; for one with "blurred" the first image is withheld, and for one with "broken" it fails.
 */
export function fakeStability({ key = "sk-stability-fake" }: { readonly key?: string } = {}): Promise<FakeProvider> {
  const known = (refused: typeof refusal, handler: FakeHandler): FakeHandler => (request, turn) =>
    request.headers.get("authorization") === `Bearer ${key}` ? handler(request, turn) : refused(401, "unauthorized", "missing or invalid authorization header");
  const stableImage = known(refusal, async (request) => {
    const schema = forms.get(request.params["model"] ?? "");
    if (!schema) return refusal(404, "not_found", "The requested resource was not found.");
    if (!/^(image|application\/json)/u.test(request.headers.get("accept") ?? "")) return refusal(400, "bad_request", "accept: must be one of image/*, application/json");
    const asked = schema.safeParse(await fieldsOf(request));
    if (!asked.success) return refusal(400, "bad_request", ...faultsIn(asked.error));
    return imageReply(asked.data as { readonly prompt: string; readonly seed?: number; readonly output_format?: string });
  });
  const form1 = (schema: z.ZodType): FakeHandler => known(refusalOf1, async (request) => {
    const asked = schema.safeParse(await fieldsOf(request));
    return asked.success ? documentReply(asked.data as Asked, "text_prompts[0][text]") : refusalOf1(400, "bad_request", faultsIn(asked.error).join("; "));
  });
  return fakeProvider({
    [stabilityRoutes.generate]: stableImage,
    [stabilityRoutes.edit]: stableImage,
    [stabilityRoutes.textToImage]: known(refusalOf1, (request) => {
      const asked = textToImage.safeParse(jsonOf(request));
      if (!asked.success) return refusalOf1(400, "bad_request", faultsIn(asked.error).join("; "));
      const { width, height, text_prompts: texts, ...more } = asked.data;
      if (request.params["engine"]?.includes("1024") && !largeSizes.has(`${width}x${height}`)) return refusalOf1(400, "invalid_sdxl_v1_dimensions", "for stable-diffusion-xl-1024-v0-9 and stable-diffusion-xl-1024-v1-0 the allowed dimensions are 1024x1024, 1152x896, 1216x832, 1344x768, 1536x640, 640x1536, 768x1344, 832x1216, 896x1152");
      return documentReply({ ...more, text: texts[0]?.text }, "text");
    }),
    [stabilityRoutes.masking]: form1(masking),
    [stabilityRoutes.imageToImage]: form1(imageToImage),
  });
}

function imageReply({ prompt: text, seed: given = 0, output_format: format = "png" }: { readonly prompt: string; readonly seed?: number; readonly output_format?: string }): FakeReply {
  if (text.includes("forbidden")) return refusal(403, "content_moderation", "Your request was flagged by our content moderation system, as a result your request was denied and you were not charged.");
  const headers = { "content-type": `image/${format}`, "content-length": String(png.length), "finish-reason": text.includes("blurred") ? "CONTENT_FILTERED" : "SUCCESS", seed: String(given || 1234), "x-request-id": "9f2c7141a1f27e0d" };
  return { headers, body: png };
}

type Asked = { readonly samples?: number | undefined; readonly seed?: number | undefined } & Readonly<Record<string, unknown>>;

function documentReply(asked: Asked, textName: string): FakeReply {
  const text = String(asked[textName]);
  if (text.includes("forbidden")) return refusalOf1(400, "invalid_prompts", "Invalid prompts detected");
  const end = text.includes("blurred") ? "CONTENT_FILTERED" : text.includes("broken") ? "ERROR" : "SUCCESS";
  return { headers: { "content-type": "application/json", "x-request-id": "9f2c7141a1f27e0d" }, body: document(asked.samples ?? 1, end, asked.seed) };
}

async function fieldsOf(request: FakeRequest): Promise<object> {
  return Object.fromEntries(await request.form().catch(() => new FormData()));
}

const faultsIn = ({ issues }: z.ZodError): string[] => issues.slice(0, 3).map(({ path, message }) => `${path.join(".")}: ${message}`);
