import { collect, from, outputStream, unary, type Stream } from "@iftk/core";
import type { AudioRequest, EmbeddingsRequest, ImageAnalysisPart, ImageAnalysisRequest, ImageRequest, MediaPart, SpeechRequest, TranscriptPart } from "@iftk/inference";
import { feed } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { finish } from "../fixtures/scripted-router.js";
import { analyzeImageElement, drawElement, embedElement, rerankElement, speakElement, transcribeElement, type ModelStages } from "../index.js";

const end = finish() as Extract<ReturnType<typeof finish>, { type: "finish" }>;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 0, 0, 0, 0, 0]);

/** Models that answer with what they were asked. */
function models(asked: unknown[] = []): ModelStages {
  const media = (text: string): MediaPart[] => [
    { type: "progress", status: "working", fraction: 0.5 },
    { type: "media-start", index: 0, mediaType: "audio/mpeg", isPreview: true },
    { type: "media-delta", index: 0, bytes: bytes("preview") },
    { type: "media-start", index: 1, mediaType: "audio/mpeg" },
    ...[...text].map((letter): MediaPart => ({ type: "media-delta", index: 1, bytes: bytes(letter) })),
    { type: "media-end", index: 1 },
    { type: "warning", message: "careful" },
  ];
  const told = <T>(request: T): T => {
    asked.push(request);
    return request;
  };
  return {
    // The numbers of a, b and c in a text are its vector.
    embeddings: () => unary(function embeddings({ texts }: EmbeddingsRequest) {
      asked.push(texts);
      return { vectors: texts.map((text) => ["a", "b", "c"].map((letter) => text.split(letter).length - 1)), usage: end.usage };
    }),
    textToSpeech: (model) => outputStream((request: SpeechRequest): Stream<MediaPart> => feed(...media(told(request).text), ...(model === "cut" ? [] : [end]))),
    textToImage: () => outputStream((request: ImageRequest): Stream<MediaPart> => feed(...media(told(request).prompt), end)),
    audioToText: () => outputStream((request: AudioRequest): Stream<TranscriptPart> => feed<TranscriptPart>({ type: "text-delta", text: "It " }, { type: "text-delta", text: told(request) ? "rains." : "" }, end)),
    imageAnalysis: () => outputStream((request: ImageAnalysisRequest) => feed<ImageAnalysisPart>({ type: "analysis", analysis: { description: "A fox", tags: [told(request).prompt ?? ""] } }, end)),
  };
}

const textOf = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString();

describe("embed and rerank", () => {
  test("give each text with its vector, several texts asked for together", async () => {
    const asked: unknown[] = [];
    expect(await run(embedElement({ models: models(asked) })({ model: "m", batch: 2 }), "ab", "c", "aa")).toEqual([{ text: "ab", vector: [1, 1, 0] }, { text: "c", vector: [0, 0, 1] }, { text: "aa", vector: [2, 0, 0] }]);
    expect(asked).toEqual([["ab", "c"], ["aa"]]);
  });

  test("give the texts that are nearest to a query", async () => {
    const rerank = rerankElement({ models: models() })({ model: "m", query: "aab", top: 2 });
    expect(await collect((rerank as unknown as (input: Stream<string>) => Stream<unknown>)(from(["c", "ab", "aaaabb"])))).toEqual([{ text: "aaaabb", index: 2, score: expect.closeTo(1) as number }, { text: "ab", index: 1, score: expect.closeTo(0.949, 3) as number }]);
    await expect(collect((rerankElement({ models: models() })({ model: "m", query: "a", maximum: 1 }) as unknown as (input: Stream<string>) => Stream<unknown>)(from(["c", "d"])))).rejects.toThrow("rerank: more than 1 texts came");
  });
});

describe("speak and draw", () => {
  test("give bytes without previews, and report progress and warnings", async () => {
    const [reports, asked]: unknown[][] = [[], []];
    const speak = speakElement({ models: models(asked) })({ model: "m", voice: "alloy" }, { report: (report) => void reports?.push(report) });
    expect([textOf(await run(speak, "One.", "Two.")), asked, reports?.slice(0, 2)]).toEqual([
      "One.Two.",
      [{ text: "One.", voice: "alloy" }, { text: "Two.", voice: "alloy" }],
      [{ type: "progress", status: "working", fraction: 0.5 }, { type: "warning", message: "careful" }],
    ]);
    const draw = drawElement({ models: models(asked) })({ model: "m", width: 64 }) as unknown as (input: Stream<string>) => Stream<Uint8Array>;
    expect([textOf(await collect(draw(from(["A ", "fox"])))), asked?.at(-1)]).toEqual(["A fox", { prompt: "A fox", width: 64 }]);
  });

  test("fail when a reply is cut off", async () => {
    await expect(run(speakElement({ models: models() })({ model: "cut" }), "a")).rejects.toThrow(expect.objectContaining({ reason: "truncated" }));
  });
});

describe("transcribe and analyze-image", () => {
  type Takes = (input: Stream<Uint8Array>) => Stream<unknown>;

  test("take the bytes that come, and tell what they are", async () => {
    const asked: unknown[] = [];
    const transcribe = transcribeElement({ models: models(asked) })({ model: "m", language: "en", mediaType: "audio/wav" }) as unknown as Takes;
    const look = analyzeImageElement({ models: models(asked) })({ model: "m", prompt: "animals" }) as unknown as Takes;
    expect([await collect(transcribe(from([bytes("ab"), bytes("c")]))), await collect(look(from([png.slice(0, 9), png.slice(9)])))]).toEqual([["It ", "rains."], [{ description: "A fox", tags: ["animals"] }]]);
    expect(asked).toEqual([{ audio: { data: bytes("abc"), mediaType: "audio/wav" }, language: "en" }, { image: { data: png, mediaType: "image/png" }, prompt: "animals" }]);
  });

  test("refuse bytes that are nothing known, and too many", async () => {
    const transcribe = (properties: object): Takes => transcribeElement({ models: models() })({ model: "m", ...properties });
    await expect(collect(transcribe({})(from([bytes("abc")])))).rejects.toThrow("transcribe: the bytes do not show what they are; say it by mediaType");
    await expect(collect(transcribe({ maximum: 2 })(from([bytes("abc")])))).rejects.toThrow(expect.objectContaining({ code: "resource_exhausted", reason: "too-large" }));
  });
});

test("an element without models for it says so when it is made", () => {
  for (const make of [embedElement, speakElement, drawElement, transcribeElement, analyzeImageElement]) {
    const element = make({}) as (properties: { readonly model: string }) => unknown;
    expect(() => element({ model: "m" })).toThrow("this program has no models with the capability");
  }
});
