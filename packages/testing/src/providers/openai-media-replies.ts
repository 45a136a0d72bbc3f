/** Images, transcripts, speech and embeddings as OpenAI sends them. */
import type { FakeReply } from "./fake-reply.js";
import type { EmbeddingRequestFields, ImageRequestFields, SpeechRequestFields, TranscriptionRequest } from "./openai-media-requests.js";
import { created, piecesOf } from "./openai-reply.js";
import { sse } from "./sse.js";

/** A stretch of speech, in seconds from the start. */
export interface FakeOpenaiSegment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly speaker?: string;
}

/** What a fake OpenAI makes and hears. Everything has a default. */
export interface FakeOpenaiMedia {
  /** Every image that it makes; one of a single pixel in the format that is asked for by default. */
  readonly image?: Uint8Array;
  /** The prompt as DALL·E 3 changed it. */
  readonly revisedPrompt?: string;
  /** Where images are that are asked for by their URL. */
  readonly imageUrl?: string;
  /** What it hears: the transcript is the text of the segments, with their spaces. */
  readonly transcript?: readonly FakeOpenaiSegment[];
  /** What it says, in the pieces in which it is sent. */
  readonly speech?: readonly Uint8Array[];
  /** The vector of a text. */
  readonly vectorOf?: (text: string, dimensions: number) => readonly number[];
  /** An error that streams tell in place of an end. */
  readonly error?: { readonly message: string; readonly type?: string; readonly code?: string };
}

type Fields = Readonly<Record<string, unknown>>;

/** Images of a single pixel. */
const pixels = {
  png: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  jpeg: "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=",
  webp: "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
} as const;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const errorOf = ({ message, type = "server_error", code }: NonNullable<FakeOpenaiMedia["error"]>): Fields => ({ type: "error", error: { message, type, param: null, code: code ?? null } });

const imageUsage = { total_tokens: 1066, input_tokens: 10, output_tokens: 1056, input_tokens_details: { text_tokens: 10, image_tokens: 0 } };

/** Gives the reply to a request for images: previews and the image as events, or all as one document. */
export function imagesReply(kind: "image_generation" | "image_edit"): (fields: ImageRequestFields, media: FakeOpenaiMedia) => FakeReply {
  return ({ model, n = 1, size = "1024x1024", quality = "medium", background = "opaque", output_format: format = "png", response_format: form = "b64_json", stream, partial_images: previews = 0 }, media) => {
    const image = media.image ? base64(media.image) : pixels[format];
    const isDallE = model.startsWith("dall-e");
    const facts = { background: background === "auto" ? "opaque" : background, output_format: format, quality: quality === "auto" ? "medium" : quality, size: size === "auto" ? "1024x1024" : size };
    if (!stream) {
      const one = form === "url" ? { url: media.imageUrl } : { b64_json: image };
      const data = Array.from({ length: n }, () => ({ ...one, ...(media.revisedPrompt !== undefined && { revised_prompt: media.revisedPrompt }) }));
      return { body: { created, ...(!isDallE && facts), data, ...(!isDallE && { usage: imageUsage }) } };
    }
    const event = (type: string, more: Fields): { readonly event: string; readonly data: Fields } => ({ event: `${kind}.${type}`, data: { type: `${kind}.${type}`, b64_json: image, created_at: created, ...facts, ...more } });
    const partial = Array.from({ length: previews }, (_, index) => event("partial_image", { partial_image_index: index }));
    return { body: sse([...partial, media.error ? { event: "error", data: errorOf(media.error) } : event("completed", { usage: imageUsage })]) };
  };
}

const defaultTranscript: readonly FakeOpenaiSegment[] = [
  { text: "Hello, wörld.", start: 0, end: 1.5, speaker: "A" },
  { text: " How are you?", start: 1.5, end: 3.25, speaker: "B" },
];

const tokenUsage = { type: "tokens", total_tokens: 45, input_tokens: 33, input_token_details: { text_tokens: 10, audio_tokens: 23 }, output_tokens: 12 };

/** The reply to a request for a transcript. Whisper does not stream, whatever it is asked. */
export function transcriptionReply({ model, stream, response_format: format = "json", include, timestamp_granularities: granularities = ["segment"] }: TranscriptionRequest, media: FakeOpenaiMedia): FakeReply {
  const segments = media.transcript ?? defaultTranscript;
  const text = segments.map((segment) => segment.text).join("").trim();
  const duration = segments.at(-1)?.end ?? 0;
  const isWhisper = model.startsWith("whisper");
  const usage = isWhisper ? { type: "duration", seconds: Math.ceil(duration) } : tokenUsage;
  const logprobs = (tokens: readonly string[]): Fields => (include ? { logprobs: tokens.map((token) => ({ token, logprob: -0.5, bytes: [...Buffer.from(token)] })) } : {});
  const diarized = segments.map((segment, index) => ({ type: "transcript.text.segment", id: `seg_${index}`, ...segment, speaker: segment.speaker ?? "A" }));
  if (stream && !isWhisper) {
    const content = diarized.flatMap((segment) => [
      ...piecesOf(segment.text).map((delta) => ({ data: { type: "transcript.text.delta", delta, ...logprobs([delta]), ...(format === "diarized_json" && { segment_id: segment.id }) } })),
      ...(format === "diarized_json" ? [{ data: segment }] : []),
    ]);
    const end = media.error ? errorOf(media.error) : { type: "transcript.text.done", text, ...logprobs(piecesOf(text)), usage };
    return { body: sse([...content, { data: end }]) };
  }
  if (format === "text") return { body: `${text}\n` };
  if (format === "diarized_json") return { body: { task: "transcribe", duration, text, segments: diarized, usage } };
  if (format !== "verbose_json") return { body: { text, usage } };
  const words = segments.flatMap((segment) => wordsOf(segment));
  const whole = segments.map(({ start, end, text: said }, id) => ({ id, seek: 0, start, end, text: said, tokens: [50_364, 50_514], temperature: 0, avg_logprob: -0.25, compression_ratio: 0.9, no_speech_prob: 0.01 }));
  return { body: { task: "transcribe", language: "english", duration, text, ...(granularities.includes("segment") && { segments: whole }), ...(granularities.includes("word") && { words }), usage } };
}

/** The words of a segment, each as long as the others. */
function wordsOf({ text, start, end }: FakeOpenaiSegment): readonly Fields[] {
  const words = text.trim().split(/\s+/u);
  const length = (end - start) / words.length;
  return words.map((word, index) => ({ word: word.replaceAll(/[.,?!]/gu, ""), start: start + index * length, end: start + (index + 1) * length }));
}

const soundTypes: Readonly<Record<string, string>> = { mp3: "audio/mpeg", opus: "audio/opus", aac: "audio/aac", flac: "audio/flac", wav: "audio/wav", pcm: "audio/pcm" };
const frame = (fill: number): Uint8Array => new Uint8Array(417).fill(fill).map((byte, index) => [0xff, 0xfb, 0x90, 0x64][index] ?? byte);

/** The reply to a request for speech: the sound itself, or events that hold it. */
export function speechReply({ response_format: format = "mp3", stream_format: form = "audio" }: SpeechRequestFields, { speech = [frame(0), frame(1), frame(2)], error }: FakeOpenaiMedia): FakeReply {
  if (form === "audio") return { headers: { "content-type": soundTypes[format] ?? "application/octet-stream" }, body: speech };
  const end = error ? errorOf(error) : { type: "speech.audio.done", usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } };
  return { body: sse([...speech.map((bytes) => ({ data: { type: "speech.audio.delta", audio: base64(bytes) } })), { data: end }]) };
}

/** Numbers that depend on the text, and that 32 bits hold exactly. */
const defaultVector = (text: string, dimensions: number): readonly number[] => Array.from({ length: dimensions }, (_, index) => (((text.codePointAt(index % text.length) ?? 0) * (index + 1)) % 256) / 256 - 0.5);

/** The reply to a request for embeddings, as numbers or as their bytes. */
export function embeddingReply({ model, input, dimensions = 8, encoding_format: form = "float" }: EmbeddingRequestFields, { vectorOf = defaultVector }: FakeOpenaiMedia): FakeReply {
  const texts = typeof input === "string" ? [input] : input;
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    return { object: "embedding", index, embedding: form === "float" ? vector : base64(new Uint8Array(Float32Array.from(vector).buffer)) };
  });
  const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
  return { body: { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } } };
}
