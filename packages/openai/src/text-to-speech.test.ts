import { collect, from } from "@iftk/core";
import { type MediaPart, mediaReply, type SpeechOptions, type SpeechRequest } from "@iftk/inference";
import { fakeOpenai, fakeProvider, faults } from "@iftk/testing/providers";
import { OpenAI } from "openai";
import { afterAll, expect, test } from "vitest";
import { openai } from "./engine.js";

const fake = await fakeOpenai();
afterAll(() => fake.close());
const baseURL = `${fake.url}/v1`;
const sdk = new OpenAI({ apiKey: "sk-any", baseURL, maxRetries: 0 });

async function spoken(options: SpeechOptions, request: Partial<SpeechRequest> = {}): Promise<{ readonly parts: readonly MediaPart[]; readonly sent: Readonly<Record<string, unknown>> }> {
  fake.clear();
  const parts = await collect(openai({ baseUrl: baseURL }).textToSpeech(options)({ text: "Hello, world.", ...request }));
  return { parts, sent: fake.requests[0]?.json() as Readonly<Record<string, unknown>> };
}

test.each([undefined, "mp3", "opus", "aac", "flac", "wav", "pcm"] as const)("speech in the format %s is the bytes that the SDK gets, as they come", async (format) => {
  const { parts, sent } = await spoken({ model: "tts-1", ...(format && { format }) });
  const theirs = await sdk.audio.speech.create(sent as unknown as OpenAI.Audio.SpeechCreateParams);
  const { media, finish } = await mediaReply(from(parts));
  expect(media).toEqual([{ bytes: await theirs.bytes(), mediaType: theirs.headers.get("content-type") }]);
  expect([parts.filter(({ type }) => type === "media-delta").length, finish.usage]).toEqual([3, { inputTokens: 4, outputTokens: 0, estimated: true }]);
});

test("speech is asked for in the fields of the API, with a voice where none is named", async () => {
  expect((await spoken({ model: "gpt-4o-mini-tts", speed: 2 }, { instructions: "Whisper.", format: "wav" })).sent).toEqual({ model: "gpt-4o-mini-tts", input: "Hello, world.", voice: "alloy", speed: 2, instructions: "Whisper.", response_format: "wav" });
  expect((await spoken({ model: "tts-1", voice: "ash" }, { voice: "coral" })).sent).toEqual({ model: "tts-1", input: "Hello, world.", voice: "coral" });
});

test("speech in events is the same bytes, with the usage that is told", async () => {
  const bare = await mediaReply(from((await spoken({ model: "gpt-4o-mini-tts" })).parts));
  const told = await mediaReply(from((await spoken({ model: "gpt-4o-mini-tts", raw: { stream_format: "sse" } })).parts));
  expect([told.media, told.finish.usage]).toEqual([bare.media, { inputTokens: 14, outputTokens: 101 }]);
});

test.each([
  ["a document", { headers: { "content-type": "application/json" }, body: '{"ok":true}' }, { reason: "malformed" }],
  ["an error", { headers: { "content-type": "application/json" }, body: '{"error":{"message":"Slow down.","type":"rate_limit_error"}}' }, { code: "resource_exhausted" }],
  ["nothing", { headers: { "content-type": "audio/mpeg" }, body: "" }, { reason: "malformed" }],
])("what comes with a status of success and is %s is an error", async (_, reply, error) => {
  fake.clear();
  fake.fault(faults.status(200, reply));
  await expect(collect(openai({ baseUrl: baseURL }).textToSpeech({ model: "tts-1" })({ text: "?" }))).rejects.toMatchObject(error);
});

test("a server that does not say what it sends has sent what was asked for", async () => {
  await using server = await fakeProvider({ "POST /*": () => ({ body: Uint8Array.of(1, 2) }) });
  const parts = await collect(openai({ baseUrl: server.url }).textToSpeech({ model: "kokoro", format: "opus" })({ text: "?" }));
  expect(parts[0]).toEqual({ type: "media-start", index: 0, mediaType: "audio/ogg" });
});
