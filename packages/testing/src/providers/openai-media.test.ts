import { expect, test } from "vitest";
import { fakeOpenai } from "./openai.js";

type Fields = Readonly<Record<string, unknown>>;

/** What comes for fields: as JSON, or as a form where one of them is a file. */
async function ask(url: string, path: string, fields: Fields): Promise<{ readonly status: number; readonly type: string | null; readonly text: string }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) form.append(name, one instanceof File ? one : String(one));
  const isForm = Object.values(fields).flat().some((value) => value instanceof File);
  const body = isForm ? { body: form } : { headers: { "content-type": "application/json" }, body: JSON.stringify(fields) };
  const response = await fetch(`${url}/v1/${path}`, { method: "POST", ...body });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

const fox = { model: "gpt-image-2", prompt: "A fox." };
const png = new File(["png"], "fox.png", { type: "image/png" });
const speech = new File(["mp3"], "speech.mp3", { type: "audio/mpeg" });
const diarize = { model: "gpt-4o-transcribe-diarize", file: speech };

test.each<[string, string, Fields, string]>([
  ["a size that is no multiple of 16", "images/generations", { ...fox, size: "1000x1000" }, "size"],
  ["a size of newer models for an older one", "images/generations", { ...fox, model: "gpt-image-1.5", size: "1536x864" }, "size"],
  ["a stream of several images", "images/generations", { ...fox, n: 2, stream: true }, "n=1"],
  ["a form of reply that only DALL·E has", "images/generations", { ...fox, response_format: "b64_json" }, "response_format"],
  ["a stream of DALL·E", "images/generations", { ...fox, model: "dall-e-3", stream: true }, "stream"],
  ["a field that there is not", "images/generations", { ...fox, seed: 1 }, "seed"],
  ["an image to edit that is none", "images/edits", { ...fox, image: new File(["?"], "fox.gif", { type: "image/gif" }) }, "png"],
  ["audio whose format nobody can tell", "audio/transcriptions", { model: "whisper-1", file: new File(["?"], "audio") }, "format"],
  ["speakers without a way to cut the audio", "audio/transcriptions", { ...diarize, response_format: "diarized_json" }, "chunking_strategy"],
  ["timestamps in the plain form", "audio/transcriptions", { model: "whisper-1", file: speech, "timestamp_granularities[]": ["word"] }, "verbose_json"],
  ["the long form from a model that has none", "audio/transcriptions", { model: "gpt-4o-transcribe", file: speech, response_format: "verbose_json" }, "verbose_json"],
  ["speech without a voice", "audio/speech", { model: "tts-1", input: "Hi" }, "voice"],
  ["events of speech from a model that has none", "audio/speech", { model: "tts-1", input: "Hi", voice: "ash", stream_format: "sse" }, "sse"],
  ["an empty text", "embeddings", { model: "text-embedding-3-small", input: ["a", ""] }, "input"],
  ["dimensions from a model that has its own", "embeddings", { model: "text-embedding-ada-002", input: "a", dimensions: 3 }, "dimensions"],
])("%s is refused with 400", async (_, path, fields, word) => {
  await using fake = await fakeOpenai();
  const { status, text } = await ask(fake.url, path, fields);
  expect([status, JSON.parse(text)]).toMatchObject([400, { error: { type: "invalid_request_error", message: expect.stringContaining(word) as string } }]);
});

test.each<[string, string, Fields, string, readonly string[]]>([
  ["an image", "images/generations", { ...fox, stream: true, partial_images: 1 }, "text/event-stream; charset=utf-8", ["image_generation.partial_image", "image_generation.completed"]],
  ["an edit", "images/edits", { ...fox, image: png, stream: true }, "text/event-stream; charset=utf-8", ["image_edit.completed"]],
  ["a transcript", "audio/transcriptions", { model: "gpt-4o-transcribe", file: speech, stream: true }, "text/event-stream; charset=utf-8", ["transcript.text.delta", "transcript.text.done"]],
  ["a transcript with speakers", "audio/transcriptions", { ...diarize, response_format: "diarized_json", chunking_strategy: "auto", stream: true }, "text/event-stream; charset=utf-8", ["transcript.text.delta", "transcript.text.segment", "transcript.text.done"]],
  ["speech", "audio/speech", { model: "gpt-4o-mini-tts", input: "Hi", voice: "ash", stream_format: "sse" }, "text/event-stream; charset=utf-8", ["speech.audio.delta", "speech.audio.done"]],
  ["a transcript of whisper, which does not stream,", "audio/transcriptions", { model: "whisper-1", file: speech, stream: true }, "application/json", []],
])("%s comes in the events of the true API", async (_, path, fields, contentType, types) => {
  await using fake = await fakeOpenai();
  const { type, text } = await ask(fake.url, path, fields);
  const found = [...text.matchAll(/^data: (.*)$/gmu)].map(([, json = "{}"]) => (JSON.parse(json) as { readonly type: string }).type);
  expect([type, [...new Set(found)]]).toEqual([contentType, types]);
});

test("a batch whose file is wrong fails with the lines at fault", async () => {
  await using fake = await fakeOpenai();
  const line = (id: string, url = "/v1/responses", body: object = { model: "m", input: "Hi" }) => JSON.stringify({ custom_id: id, method: "POST", url, body });
  const file = new File([[line("a"), line("a"), line("b", "/v1/completions"), line("c", undefined, { model: "m", stream: true })].join("\n")], "batch.jsonl");
  const { id } = JSON.parse((await ask(fake.url, "files", { file, purpose: "batch" })).text) as { readonly id: string };
  const batch = JSON.parse((await ask(fake.url, "batches", { input_file_id: id, endpoint: "/v1/responses", completion_window: "24h" })).text) as { readonly id: string };
  const found = (await (await fetch(`${fake.url}/v1/batches/${batch.id}`)).json()) as { readonly status: string; readonly errors: { readonly data: readonly { readonly line: number; readonly code: string }[] } };
  expect([found.status, found.errors.data.map(({ line, code }) => [line, code])]).toEqual(["failed", [[2, "duplicate_custom_id"], [3, "mismatched_endpoint"], [4, "invalid_json_line"]]]);
});
