/** What OpenAI's APIs of images, audio and embeddings take, field by field; forms as records of their fields. */
import { z } from "zod";

const standardSizes: readonly string[] = ["auto", "1024x1024", "1536x1024", "1024x1536"];

/** Whether a newer model makes images of this size: edges of multiples of 16 up to 3840, no narrower than 1:3, and neither too small nor too large. */
function isFlexibleSize(size: string): boolean {
  const [width = 0, height = 0] = /^\d+x\d+$/u.test(size) ? size.split("x").map(Number) : [];
  const isShape = width % 16 === 0 && height % 16 === 0 && Math.max(width, height) <= 3840 && width <= 3 * height && height <= 3 * width;
  return isShape && width * height >= 655_360 && width * height <= 8_294_400;
}

function hasSize(model: string, size: string): boolean {
  if (model === "dall-e-2") return ["256x256", "512x512", "1024x1024"].includes(size);
  if (model === "dall-e-3") return ["1024x1024", "1792x1024", "1024x1792"].includes(size);
  return standardSizes.includes(size) || (!/image-(?:1|latest)/u.test(model) && isFlexibleSize(size));
}

const count = z.union([z.int(), z.stringFormat("count", /^\d+$/u).transform(Number)]);
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

const imageFields = {
  model: z.string().min(1),
  prompt: z.string().min(1).max(32_000),
  n: count.refine((n) => n >= 1 && n <= 10, "expected 1 to 10").optional(),
  size: z.string().optional(),
  quality: z.enum(["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]).optional(),
  background: z.enum(["transparent", "opaque", "auto"]).optional(),
  output_format: z.enum(["png", "jpeg", "webp"]).optional(),
  output_compression: count.optional(),
  partial_images: count.refine((n) => n <= 3, "expected 0 to 3").optional(),
  stream: flag.optional(),
  response_format: z.enum(["url", "b64_json"]).optional(),
  user: z.string().optional(),
};

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with fields that are right each by itself; undefined where nothing is. */
function imageFault({ model, size, n = 1, stream, background, output_format: format, quality, ...fields }: Fields): string | undefined {
  const isDallE = String(model).startsWith("dall-e");
  if (typeof size === "string" && !hasSize(String(model), size)) return `Invalid size: '${size}' is not supported by ${String(model)}`;
  if (stream && n !== 1) return "Streaming is only supported with n=1.";
  if (model === "dall-e-3" && n !== 1) return "You must provide n=1 for this model.";
  if (background === "transparent" && format === "jpeg") return "Transparent background is not supported for JPEG output format";
  if (isDallE) return ["stream", "partial_images", "background", "output_format"].find((name) => ({ stream, background, output_format: format, ...fields })[name] !== undefined);
  if (quality === "standard" || quality === "hd") return "Supported values are: 'low', 'medium', 'high', and 'auto'";
  return fields["response_format"] === undefined ? undefined : "Unknown parameter: 'response_format'.";
}

const faultless = <Schema extends z.ZodType<Fields>>(schema: Schema, faultOf: (value: Fields) => string | undefined): Schema =>
  schema.superRefine((value, context) => {
    const fault = faultOf(value);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  });

const generationFields = z.strictObject({ ...imageFields, moderation: z.enum(["low", "auto"]).optional(), style: z.enum(["vivid", "natural"]).optional() });
const isImageFile = z.instanceof(File).refine(({ type, name }) => /^image\/(?:png|webp|jpeg)$/u.test(type) && /\.(?:png|webp|jpe?g)$/u.test(name), "expected a file of png, webp or jpg");
const editFields = z.strictObject({ ...imageFields, image: z.union([isImageFile, z.array(isImageFile).min(1).max(16)]), mask: isImageFile.optional(), input_fidelity: z.enum(["high", "low"]).optional() });

/** The body of a request for images. */
export const imageGenerationRequest = faultless(generationFields, imageFault);
/** The form of a request to edit images. */
export const imageEditRequest = faultless(editFields, imageFault);
export type ImageRequestFields = z.output<typeof generationFields> | z.output<typeof editFields>;

function transcriptionFault({ model, response_format: format = "json", chunking_strategy: strategy, prompt, timestamp_granularities: granularities }: Fields): string | undefined {
  if (granularities !== undefined && format !== "verbose_json") return "timestamp_granularities need the response_format verbose_json";
  if (/diarize/u.test(String(model))) {
    if (strategy === undefined) return "chunking_strategy is required for diarization models";
    if (prompt !== undefined) return "Prompt is not supported for diarization models";
    return ["json", "text", "diarized_json"].includes(String(format)) ? undefined : `response_format '${String(format)}' is not compatible with this model`;
  }
  return /transcribe/u.test(String(model)) && format !== "json" && format !== "text" ? `response_format '${String(format)}' is not compatible with model '${String(model)}'` : undefined;
}

const transcriptionFields = z.strictObject({
  file: z.instanceof(File).refine(({ name, size }) => /\.(?:flac|mp3|mp4|mpeg|mpga|m4a|ogg|wav|webm)$/u.test(name) && size > 0, "Unrecognized file format"),
  model: z.string().min(1),
  language: z.string().regex(/^[a-z]{2,3}$/u).optional(),
  prompt: z.string().optional(),
  response_format: z.enum(["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]).optional(),
  temperature: z.stringFormat("temperature", /^(?:0(?:\.\d+)?|1)$/u).optional(),
  timestamp_granularities: z.array(z.enum(["word", "segment"])).optional(),
  include: z.array(z.enum(["logprobs"])).optional(),
  chunking_strategy: z.literal("auto").optional(),
  stream: flag.optional(),
});
/** The form of a request for a transcript. */
export const transcriptionRequest = faultless(transcriptionFields, transcriptionFault);
export type TranscriptionRequest = z.output<typeof transcriptionFields>;

const speechFields = z.strictObject({
  model: z.string().min(1),
  input: z.string().min(1).max(4096),
  voice: z.union([z.string().min(1), z.strictObject({ id: z.string() })]),
  instructions: z.string().optional(),
  response_format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).optional(),
  speed: z.number().min(0.25).max(4).optional(),
  stream_format: z.enum(["sse", "audio"]).optional(),
});
/** The body of a request for speech. */
export const speechRequest = faultless(speechFields, ({ model, stream_format: format }) => (format === "sse" && String(model).startsWith("tts-1") ? "stream_format 'sse' is not supported for this model" : undefined));
export type SpeechRequestFields = z.output<typeof speechFields>;

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]);
const embeddingFields = z.strictObject({ model: z.string().min(1), input: texts, dimensions: z.int().positive().optional(), encoding_format: z.enum(["float", "base64"]).optional(), user: z.string().optional() });
/** The body of a request for embeddings. */
export const embeddingRequest = faultless(embeddingFields, ({ model, dimensions }) => (dimensions !== undefined && model === "text-embedding-ada-002" ? "This model does not support specifying dimensions." : undefined));
export type EmbeddingRequestFields = z.output<typeof embeddingFields>;
