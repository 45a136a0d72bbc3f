/** Models as Replicate describes them, and what they give. */

/** A field of a model's input. */
interface FakeField {
  readonly type: "string" | "number" | "integer" | "boolean" | "array";
  readonly enum?: readonly unknown[];
  readonly isFile?: boolean;
  readonly isRequired?: boolean;
}

/** A model of the fake. */
export interface FakeModel {
  readonly fields: Readonly<Record<string, FakeField>>;
  /** The pieces of a text, or what it gives in one; files are named by their path. */
  readonly output: { readonly pieces: readonly string[] } | { readonly value: unknown } | { readonly files: readonly string[] };
  readonly streams?: boolean;
  readonly metrics?: Readonly<Record<string, number>>;
  /** Whether its predictions go on until they are cancelled. */
  readonly isEndless?: boolean;
}

const prompt: FakeField = { type: "string", isRequired: true };
const file: FakeField = { type: "string", isFile: true };
const requiredFile: FakeField = { ...file, isRequired: true };
const integer: FakeField = { type: "integer" };
const number: FakeField = { type: "number" };
const text: FakeField = { type: "string" };

/** What the first of the models says. */
export const replicateWords: readonly string[] = ["Once", " upon", " a", " time", " — ", "café\n", "🦊."];
const tokens = { input_token_count: 42, output_token_count: 7, tokens_per_second: 51.2, time_to_first_token: 0.11, predict_time: 0.6, total_time: 0.7 };
const whisper = {
  segments: [{ id: 0, start: 0, end: 1.5, text: " The quick fox." }, { id: 1, start: 1.5, end: 2.75, text: " It jumps." }],
  transcription: " The quick fox. It jumps.",
  translation: null,
  detected_language: "english",
};

/** The models by their names; a version of each is `v1`. */
export const replicateModels: ReadonlyMap<string, FakeModel> = new Map<string, FakeModel>([
  [
    "meta/meta-llama-3-70b-instruct",
    {
      fields: { prompt, system_prompt: text, max_tokens: integer, min_tokens: integer, temperature: number, top_p: number, top_k: integer, presence_penalty: number, frequency_penalty: number, stop_sequences: text, prompt_template: text, seed: integer },
      output: { pieces: replicateWords },
      streams: true,
      metrics: tokens,
    },
  ],
  ["any/plain-text", { fields: { prompt, max_new_tokens: integer }, output: { pieces: replicateWords }, metrics: tokens }],
  ["yorickvp/llava-13b", { fields: { image: requiredFile, prompt, top_p: number, temperature: number, max_tokens: integer }, output: { pieces: ["A fox", " in the", " snow."] }, streams: true }],
  ["any/many-images", { fields: { prompt, image_input: { type: "array", isFile: true } }, output: { pieces: ["Two", " foxes."] }, streams: true }],
  [
    "black-forest-labs/flux-schnell",
    {
      fields: { prompt, aspect_ratio: { type: "string", enum: ["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "9:16"] }, num_outputs: integer, seed: integer, output_format: { type: "string", enum: ["webp", "jpg", "png"] }, output_quality: integer },
      output: { files: ["fox-0.png", "fox-1.png"] },
      metrics: { image_count: 2, predict_time: 0.6 },
    },
  ],
  [
    "stability-ai/sdxl",
    { fields: { prompt, negative_prompt: text, width: integer, height: integer, num_outputs: integer, image: file, mask: file, seed: integer, guidance_scale: number }, output: { files: ["fox-0.png"] } },
  ],
  [
    "kwaivgi/kling-v2.1",
    {
      fields: { prompt, start_image: requiredFile, duration: { type: "integer", enum: [5, 10] }, aspect_ratio: { type: "string", enum: ["16:9", "9:16", "1:1"] }, negative_prompt: text },
      output: { value: "fox.mp4" },
      metrics: { video_output_duration_seconds: 5, predict_time: 61 },
    },
  ],
  ["openai/whisper", { fields: { audio: requiredFile, language: text, initial_prompt: text, temperature: number, word_timestamps: { type: "boolean" } }, output: { value: whisper } }],
  ["openai/gpt-4o-transcribe", { fields: { audio_file: requiredFile, language: text, prompt: text, temperature: number }, output: { pieces: ["The quick fox.", " It jumps."] }, streams: true }],
  ["any/slow", { fields: { prompt }, output: { files: ["fox-0.png"] }, isEndless: true }],
]);

/** The OpenAPI description of a model, of which the parts that tell its input are true. */
export function replicateDescription({ fields }: FakeModel): object {
  const enums = Object.entries(fields).filter(([, field]) => field.enum);
  const properties = Object.entries(fields).map(([name, { type, enum: values, isFile }], index): readonly [string, object] => [
    name,
    values
      ? { allOf: [{ $ref: `#/components/schemas/${name}` }], "x-order": index }
      : { type, title: name, "x-order": index, ...(type === "array" && { items: { type: "string", format: "uri" } }), ...(isFile && type === "string" && { format: "uri" }) },
  ]);
  return {
    openapi: "3.0.2",
    info: { title: "Cog", version: "0.1.0" },
    components: {
      schemas: {
        Input: { type: "object", title: "Input", properties: Object.fromEntries(properties), required: Object.entries(fields).flatMap(([name, { isRequired }]) => (isRequired ? [name] : [])) },
        ...Object.fromEntries(enums.map(([name, field]) => [name, { type: field.type, enum: field.enum, title: name }])),
      },
    },
  };
}

/** What is wrong with an input, as Replicate says it; undefined where nothing is. The fake takes no field that the model does not have. */
export function inputFault({ fields }: FakeModel, input: unknown): string | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return "- input: Invalid type. Expected: object";
  const given = input as Readonly<Record<string, unknown>>;
  const missing = Object.entries(fields).find(([name, { isRequired }]) => isRequired && given[name] === undefined);
  if (missing) return `- input: ${missing[0]} is required`;
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) return `- input.${name}: Additional property ${name} is not allowed`;
    if (!fits(field, value)) return `- input.${name}: Invalid type or value. Expected: ${field.enum ? field.enum.join(", ") : field.type}`;
  }
  return undefined;
}

function fits({ type, enum: values, isFile }: FakeField, value: unknown): boolean {
  if (values) return values.includes(value);
  if (type === "array") return Array.isArray(value) && value.every((item) => !isFile || isUri(item));
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type && (!isFile || isUri(value));
}

const isUri = (value: unknown): boolean => typeof value === "string" && /^(https?:\/\/|data:[\w.+-]+\/[\w.+-]+;base64,)/.test(value);
