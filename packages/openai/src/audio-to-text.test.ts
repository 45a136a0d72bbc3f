import { collect } from "@iftk/core";
import { type AudioOptions, type AudioRequest, text, type TranscriptPart } from "@iftk/inference";
import { fakeOpenai, fakeProvider, formFields, sse, type FakeOpenaiMedia, type FakeReply } from "@iftk/testing/providers";
import fc from "fast-check";
import { OpenAI } from "openai";
import { afterAll, describe, expect, test } from "vitest";
import { openai } from "./engine.js";
import { audioOf } from "./fixtures/media.js";

let transcript: NonNullable<FakeOpenaiMedia["transcript"]> | undefined;
const fake = await fakeOpenai({ media: { get transcript() { return transcript as NonNullable<typeof transcript>; } } });
afterAll(() => fake.close());
const baseURL = `${fake.url}/v1`;
const sdk = new OpenAI({ apiKey: "sk-any", baseURL, maxRetries: 0 });

/** The parts, and the form that was sent for them. */
async function heard(options: AudioOptions, request: Partial<AudioRequest> = {}): Promise<{ readonly parts: readonly TranscriptPart[]; readonly sent: Readonly<Record<string, unknown>> & { readonly file: File } }> {
  fake.clear();
  const parts = await collect(openai({ baseUrl: baseURL }).audioToText(options)({ audio: audioOf("audio/mpeg"), ...request }));
  const [first] = fake.requests;
  return { parts, sent: (first ? await formFields(first) : {}) as Awaited<ReturnType<typeof heard>>["sent"] };
}

const words = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }).map((parts) => ` ${parts.join(" ")}`);
const segments = fc.array(fc.record({ text: words, start: fc.nat(99), end: fc.integer({ min: 100, max: 199 }), speaker: fc.constantFrom("A", "B") }), { minLength: 1, maxLength: 4 });
const without = ({ file: _, ...fields }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => fields;

describe("a transcript", () => {
  test("that streams has the text, segments and usage that the SDK's stream has", async () => {
    await fc.assert(
      fc.asyncProperty(segments, fc.constantFrom("gpt-4o-transcribe", "gpt-4o-transcribe-diarize"), async (said, model) => {
        transcript = said;
        const { parts, sent } = await heard({ model });
        const events = await collect(await sdk.audio.transcriptions.create({ ...sent, stream: true } as unknown as OpenAI.Audio.TranscriptionCreateParamsStreaming));
        const theirs = events.flatMap((event): TranscriptPart[] => {
          if (event.type === "transcript.text.delta") return [{ type: "text-delta", text: event.delta }];
          if (event.type === "transcript.text.segment") return [{ type: "segment", text: event.text, start: event.start, end: event.end, speaker: event.speaker }];
          return [{ type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: event.usage?.input_tokens ?? 0, outputTokens: event.usage?.output_tokens ?? 0 } }];
        });
        expect(parts).toEqual(theirs);
      }),
      { numRuns: 30 },
    );
    transcript = undefined;
  });

  test("of whisper has the words or segments that the SDK finds in it, and the seconds that it took", async () => {
    for (const timestamps of ["word", "segment"] as const) {
      const { parts, sent } = await heard({ model: "whisper-1", timestamps });
      const theirs = await sdk.audio.transcriptions.create(sent as unknown as OpenAI.Audio.TranscriptionCreateParamsNonStreaming<"verbose_json">);
      expect(parts).toEqual([
        { type: "text-delta", text: theirs.text },
        ...(theirs.segments ?? []).map((segment) => ({ type: "segment", text: segment.text, start: segment.start, end: segment.end })),
        ...(theirs.words ?? []).map(({ word, start, end }) => ({ type: "word", text: word, start, end })),
        { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, seconds: theirs.usage?.seconds } },
      ]);
      expect(parts.length).toBeGreaterThan(3);
    }
  });

  test("is text for the stage of text", async () => {
    const spoken = openai({ baseUrl: baseURL }).audioToText({ model: "gpt-transcribe" })({ audio: audioOf("audio/wav") });
    expect((await collect(text(spoken))).join("")).toBe("Hello, wörld. How are you?");
  });
});

describe("a request", () => {
  test.each<[string, AudioOptions, Partial<AudioRequest>, object]>([
    ["streams where the model does", { model: "gpt-4o-mini-transcribe", temperature: 0.5 }, { language: "de-CH", prompt: "Wörter" }, { model: "gpt-4o-mini-transcribe", language: "de", prompt: "Wörter", temperature: "0.5", response_format: "json", stream: "true" }],
    ["asks for speakers where the model tells them", { model: "gpt-4o-transcribe-diarize" }, { timestamps: "segment" }, { model: "gpt-4o-transcribe-diarize", response_format: "diarized_json", chunking_strategy: "auto", stream: "true" }],
    ["of a model of another kind is for a document", { model: "whisper-1" }, { language: "en" }, { model: "whisper-1", language: "en", response_format: "json" }],
    ["has what is given raw", { model: "gpt-4o-transcribe", raw: { include: ["logprobs"] } }, {}, { model: "gpt-4o-transcribe", response_format: "json", stream: "true", include: ["logprobs"] }],
  ])("%s", async (_, options, request, expected) => {
    expect(without((await heard(options, request)).sent)).toEqual(expected);
  });

  test.each([
    ["audio/mpeg", "audio.mp3"],
    ["audio/x-wav", "audio.wav"],
    ["audio/wave", "audio.wav"],
    ["audio/x-m4a", "audio.m4a"],
    ["audio/webm;codecs=opus", "audio.webm"],
    ["video/mp4", "audio.mp4"],
    ["application/octet-stream", "audio.mp3"],
  ])("names a file of type %s %s", async (mediaType, name) => {
    const { sent } = await heard({ model: "whisper-1" }, { audio: audioOf(mediaType) });
    expect([sent.file.name, sent.file.size]).toEqual([name, 64]);
  });

  test.each<[string, AudioOptions, Partial<AudioRequest>]>([
    ["timestamps of words, of a model that tells speakers,", { model: "gpt-4o-transcribe-diarize" }, { timestamps: "word" }],
    ["timestamps of a model that has none", { model: "gpt-4o-transcribe" }, { timestamps: "segment" }],
  ])("for %s is refused", async (_, options, request) => {
    await expect(heard(options, request)).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining("timestamps") as string });
    expect(fake.requests).toEqual([]);
  });

  test("with a prompt for a model that takes none has a warning", async () => {
    expect((await heard({ model: "gpt-4o-transcribe-diarize" }, { prompt: "Fox" })).parts[0]).toEqual({ type: "warning", message: "the API of gpt-4o-transcribe-diarize has no prompt: it is ignored" });
  });
});

describe("what a server sends", () => {
  const given = async (reply: FakeReply): Promise<readonly TranscriptPart[]> => {
    await using server = await fakeProvider({ "POST /*": () => reply });
    return await collect(openai({ baseUrl: server.url }).audioToText({ model: "m" })({ audio: audioOf("audio/wav") }));
  };
  const finish = (usage: object): object => ({ type: "finish", reason: { unified: "stop", raw: "" }, usage });
  const stream = (...events: readonly object[]): FakeReply => ({ body: sse(events.map((data) => ({ data }))) });
  const none = { inputTokens: 0, outputTokens: 0 };

  test.each<[string, FakeReply, readonly object[]]>([
    ["text that only the end tells", stream({ type: "transcript.text.done", text: "All." }), [{ type: "text-delta", text: "All." }, finish({ ...none, estimated: true })]],
    ["log-probabilities", stream({ type: "transcript.text.delta", delta: "Hi", logprobs: [{ token: "Hi", logprob: -1, bytes: [72, 105] }] }, { type: "transcript.text.done", text: "Hi" }), [{ type: "text-delta", text: "Hi", logprobs: [{ token: "Hi", logprob: -1, bytes: [72, 105] }] }, finish({ ...none, estimated: true })]],
    ["events that nobody knows", stream({ type: "transcript.text.thought" }, { type: "transcript.text.done", text: "" }), [finish({ ...none, estimated: true })]],
    ["a duration as a text", { body: { text: "Hi", duration: "2.5" } }, [{ type: "text-delta", text: "Hi" }, finish({ ...none, seconds: 2.5 })]],
  ])("may be %s", async (_, reply, parts) => {
    expect(await given(reply)).toEqual(parts);
  });

  test.each<[string, FakeReply, object]>([
    ["an error within the stream", stream({ type: "error", error: { type: "server_error", message: "Sorry." } }), { code: "unavailable", message: "openai: Sorry." }],
    ["a document without a text", { body: { segments: [] } }, { code: "unavailable", reason: "malformed" }],
    ["[DONE] without the end", { body: sse([{ data: "[DONE]" }]) }, { code: "unavailable", reason: "truncated" }],
  ])("is an error where it is %s", async (_, reply, error) => {
    await expect(given(reply)).rejects.toMatchObject(error);
  });
});
