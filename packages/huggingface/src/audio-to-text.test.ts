import { InferenceClient } from "@huggingface/inference";
import { collect } from "@iftk/core";
import { text, type AudioOptions, type AudioRequest } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeHuggingface, huggingfaceReplies } from "@iftk/testing/providers";
import { afterAll, beforeEach, expect, test } from "vitest";
import { huggingface } from "./engine.js";

const token = "hf_fake";
const request: AudioRequest = { audio: { data: new Uint8Array([82, 73, 70, 70]), mediaType: "audio/wav" } };

const fake = await fakeHuggingface({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<AudioOptions> = {}, baseUrl = fake.url) =>
  huggingface({ apiKey: token, baseUrl, hubUrl: baseUrl }).audioToText({ model: "any/automatic-speech-recognition:hf-inference", ...options });

test("audio is sent as it is, and its transcript is the text", async () => {
  expect(await collect(text(stage()(request)))).toEqual([" The quick fox. It jumps."]);
  expect([fake.requests[0]?.headers.get("content-type"), fake.requests[0]?.bytes]).toEqual(["audio/wav", new Uint8Array([82, 73, 70, 70])]);
});

test("with timestamps it is sent with parameters, and segments follow the text", async () => {
  const parts = await collect(stage({ language: "en" })({ ...request, timestamps: "segment", prompt: "foxes" }));
  expect(parts).toEqual([
    { type: "warning", message: "huggingface: prompt is left out: speech recognition has no such parameter" },
    { type: "text-delta", text: " The quick fox. It jumps." },
    { type: "segment", text: " The quick fox.", start: 0, end: 1.5 },
    { type: "segment", text: " It jumps.", start: 1.5, end: 1.5 },
    { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, estimated: true } },
  ]);
  expect(fake.requests[0]?.json()).toEqual({ inputs: "UklGRg==", parameters: { return_timestamps: true, generation_parameters: { language: "en" } } });
});

test("words are asked for by name", async () => {
  await collect(stage()({ ...request, timestamps: "word" }));
  expect(fake.requests[0]?.json()).toMatchObject({ parameters: { return_timestamps: "word" } });
});

test("the vendor's SDK makes the same of the same bytes", async () => {
  const theirs = await new InferenceClient(token).automaticSpeechRecognition(
    { endpointUrl: `${fake.url}/hf-inference/models/any/automatic-speech-recognition`, data: new Blob([new Uint8Array([1])], { type: "audio/wav" }) },
    { fetch: (url, init) => fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), "content-type": "audio/wav" } }) },
  );
  expect((await collect(text(stage()(request)))).join("")).toBe(theirs.text);
});

stageLaws("audio to text of Hugging Face", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

engineLaws({ name: "audio to text of Hugging Face", fake: () => fakeHuggingface({ token }), stage: (baseUrl) => stage({}, baseUrl), input: request, key: token, wholeBody: huggingfaceReplies.tasks.transcript, isStreamed: false });
