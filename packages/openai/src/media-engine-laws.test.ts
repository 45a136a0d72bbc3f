import { type AnyStage, collect, type Stream, yieldsValue } from "@iftk/core";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeOpenai, fakeProvider } from "@iftk/testing/providers";
import { afterAll } from "vitest";
import type { OpenaiOptions } from "./client.js";
import { openai, type OpenaiEngine } from "./engine.js";
import { audioOf, imageOf } from "./fixtures/media.js";

const key = "sk-test-0123456789abcdef";
const start = () => fakeOpenai({ key });

/** A call, the route that it takes, and the beginning of a reply to it. */
interface Trial {
  readonly route: string;
  readonly stage: (engine: OpenaiEngine) => AnyStage;
  readonly input: unknown;
  readonly isStreamed: boolean;
  readonly hasEndMark?: boolean;
  /** What a reply has to begin with before it is cut. */
  readonly beginning: string;
}

const image = "POST /v1/images/generations";
const partial = 'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"iVBORw0KGgo="}\n\n';
const transcription = "POST /v1/audio/transcriptions";
const delta = 'data: {"type":"transcript.text.delta","delta":"Hel"}\n\n';
const speech = "POST /v1/audio/speech";

const trials: Readonly<Record<string, Trial>> = {
  "an image with previews": { route: image, stage: ({ textToImage }) => textToImage({ model: "gpt-image-2", previews: 2 }), input: { prompt: "A fox." }, isStreamed: true, beginning: partial },
  "several images": { route: image, stage: ({ textToImage }) => textToImage({ model: "gpt-image-2", count: 2 }), input: { prompt: "Foxes." }, isStreamed: false, beginning: '{"data":[{"b64_json":"iVBO' },
  "an edited image": { route: "POST /v1/images/edits", stage: ({ textToImage }) => textToImage({ model: "gpt-image-2" }), input: { prompt: "A fox.", images: [imageOf("png")] }, isStreamed: true, beginning: partial.replaceAll("generation", "edit") },
  "a transcript": { route: transcription, stage: ({ audioToText }) => audioToText({ model: "gpt-4o-transcribe" }), input: { audio: audioOf("audio/mpeg") }, isStreamed: true, beginning: delta },
  "a transcript with speakers": { route: transcription, stage: ({ audioToText }) => audioToText({ model: "gpt-4o-transcribe-diarize" }), input: { audio: audioOf("audio/wav") }, isStreamed: true, beginning: delta },
  "a transcript with words": { route: transcription, stage: ({ audioToText }) => audioToText({ model: "whisper-1", timestamps: "word" }), input: { audio: audioOf("audio/wav") }, isStreamed: false, beginning: '{"text":"Hel' },
  speech: { route: speech, stage: ({ textToSpeech }) => textToSpeech({ model: "tts-1" }), input: { text: "Hello." }, isStreamed: true, hasEndMark: false, beginning: "sound" },
  "speech in events": { route: speech, stage: ({ textToSpeech }) => textToSpeech({ model: "gpt-4o-mini-tts", raw: { stream_format: "sse" } }), input: { text: "Hello." }, isStreamed: true, beginning: 'data: {"type":"speech.audio.delta","audio":"//uQZAAA"}\n\n' },
  embeddings: { route: "POST /v1/embeddings", stage: ({ embeddings }) => embeddings({ model: "text-embedding-3-small" }), input: { texts: ["one", "two"] }, isStreamed: false, beginning: '{"data":[{"embedding":[0.5' },
};

const [whole, silent] = await Promise.all([start(), fakeProvider({ "POST /*": () => new Promise(() => {}) })]);
afterAll(() => Promise.all([whole, silent].map((server) => server.close())));

const engineAt = (url: string, options: OpenaiOptions = {}): OpenaiEngine => openai({ baseUrl: `${url}/v1`, apiKey: key, ...options });

/** The bytes of the good reply. */
async function bodyOf({ stage, input }: Trial): Promise<Uint8Array> {
  let body: Promise<Uint8Array> | undefined;
  const fetchAndKeep: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    body = response.clone().bytes();
    return response;
  };
  const made = stage(engineAt(whole.url, { fetch: fetchAndKeep }));
  const answer = (made as unknown as (input: unknown) => unknown)(input);
  await (yieldsValue(made.mode) ? answer : collect(answer as Stream<unknown>));
  return (await body) ?? new Uint8Array();
}

for (const [name, trial] of Object.entries(trials)) {
  const { route, stage, input, isStreamed, hasEndMark = true, beginning } = trial;
  const wholeBody = await bodyOf(trial);
  const type = isStreamed ? (hasEndMark ? "text/event-stream" : "audio/mpeg") : "application/json";
  // Of a document, and of bare sound, the connection alone tells that it is cut.
  const cut = await fakeProvider({ "POST /*": () => ({ headers: { "content-type": type }, body: beginning, end: isStreamed && hasEndMark ? "end" : "cut" }) });
  afterAll(() => cut.close());
  engineLaws({ name, fake: start, route, stage: (url) => stage(engineAt(url)), input, key, wholeBody, isStreamed, hasEndMark });
  stageLaws(name, {
    stage: () => stage(engineAt(whole.url)),
    hanging: () => stage(engineAt(silent.url)),
    cut: { stage: () => stage(engineAt(cut.url)) },
    input: [input],
    isReleased: () => whole.openSockets + silent.openSockets === 0,
    soon: 50,
    patience: 5000,
  });
}
