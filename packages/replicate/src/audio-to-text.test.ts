import { collect, pipe } from "@iftk/core";
import type { AudioOptions, AudioRequest, TranscriptPart } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeReplicate, replicateRoutes, sse } from "@iftk/testing/providers";
import Replicate from "replicate";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { replicate } from "./engine.js";
import { comparable } from "./fixtures/comparable.js";
import { transcriptOf } from "./transcript.js";

const token = "r8_fake";
const model = "openai/gpt-4o-transcribe";
const request: AudioRequest = { audio: { data: new Uint8Array([82, 73, 70, 70]), mediaType: "audio/wav" } };
const audio = "data:audio/wav;base64,UklGRg==";

const fake = await fakeReplicate({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<AudioOptions> = {}, url = fake.url) => replicate({ apiKey: token, baseUrl: `${url}/v1`, pollInterval: 1 }).audioToText({ model, ...options });
const input = (): unknown => fake.requests.find(({ method, path }) => method === "POST" && path.endsWith("/predictions"))?.json();
const finish = expect.objectContaining({ type: "finish", reason: { unified: "stop", raw: "succeeded" } }) as TranscriptPart;

test("a model that streams gives the text as it comes", async () => {
  expect(await collect(stage({ language: "en" })({ ...request, prompt: "foxes", temperature: 0 }))).toEqual([{ type: "text-delta", text: "The quick fox." }, { type: "text-delta", text: " It jumps." }, finish]);
  expect(input()).toEqual({ input: { audio_file: audio, language: "en", prompt: "foxes", temperature: 0 } });
});

test("a model of the Whisper family gives the text, and segments where they are asked for", async () => {
  expect(await collect(stage({ model: "openai/whisper" })({ ...request, timestamps: "segment", prompt: "foxes" }))).toEqual([
    { type: "text-delta", text: " The quick fox. It jumps." },
    { type: "segment", text: " The quick fox.", start: 0, end: 1.5 },
    { type: "segment", text: " It jumps.", start: 1.5, end: 2.75 },
    finish,
  ]);
  expect(input()).toEqual({ input: { audio, initial_prompt: "foxes" } });
});

test("words are asked for by the model's own switch, or left out with a warning", async () => {
  await collect(stage({ model: "openai/whisper" })({ ...request, timestamps: "word" }));
  expect(input()).toEqual({ input: { audio, word_timestamps: true } });
  const [warning] = await collect(stage()({ ...request, timestamps: "word" }));
  expect(warning).toEqual({ type: "warning", message: "replicate: timestamps is left out: this model has no such input" });
});

test("the vendor's SDK makes the same of the same prediction", async () => {
  const sdk = new Replicate({ auth: token, baseUrl: `${fake.url}/v1` });
  const theirs = (await sdk.run("openai/whisper", { input: { audio }, wait: { mode: "poll", interval: 1 } })) as { transcription: string };
  expect((await collect(stage({ model: "openai/whisper" })(request)))[0]).toEqual({ type: "text-delta", text: theirs.transcription });
});

describe("transcriptOf", () => {
  test.each<[string, unknown, AudioRequest["timestamps"], unknown]>([
    ["a text", "Hi.", "word", [{ type: "text-delta", text: "Hi." }]],
    ["pieces of a text", ["Hi", "."], undefined, [{ type: "text-delta", text: "Hi." }]],
    ["chunks whose last has no end", { text: "Hi. Ho.", chunks: [{ text: "Hi.", timestamp: [0, 1] }, { text: " Ho.", timestamp: [1, null] }] }, "segment", [
      { type: "text-delta", text: "Hi. Ho." },
      { type: "segment", text: "Hi.", start: 0, end: 1 },
      { type: "segment", text: " Ho.", start: 1, end: 1 },
    ]],
    ["words within segments", { segments: [{ text: "Hi you", start: 0, end: 1, words: [{ word: "Hi", start: 0, end: 0.4 }, { word: "you", start: 0.5, end: 1 }] }] }, "word", [
      { type: "text-delta", text: "Hi you" },
      { type: "word", text: "Hi", start: 0, end: 0.4 },
      { type: "word", text: "you", start: 0.5, end: 1 },
    ]],
    ["speakers", { segments: [{ text: "Hi", start: 0, end: 1, speaker: "A" }] }, "segment", [{ type: "text-delta", text: "Hi" }, { type: "segment", text: "Hi", start: 0, end: 1, speaker: "A" }]],
  ])("reads %s", (_, output, timestamps, parts) => {
    expect(transcriptOf(output, timestamps)).toEqual(parts);
  });

  test.each([[null], [7], [{}], [[1, 2]]])("refuses %j", (output) => {
    expect(() => transcriptOf(output, undefined)).toThrow(expect.objectContaining({ code: "unavailable", reason: "malformed" }));
  });
});

stageLaws("audio to text of Replicate", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

engineLaws({
  name: "audio to text of Replicate",
  fake: () => fakeReplicate({ token }),
  route: replicateRoutes.stream,
  stage: (url) => pipe(stage({}, url), comparable),
  input: request,
  wholeBody: sse([{ event: "output", id: "1690212292:0", data: "The quick fox." }, { event: "output", id: "1690212292:1", data: " It jumps." }, { event: "done", id: "1690212293:0", data: {} }]).join(""),
  isStreamed: true,
});
