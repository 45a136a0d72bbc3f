import { collect, outputStream, StageError } from "@iftk/core";
import { failing, hang, stageLaws, turns } from "@iftk/testing";
import { afterEach, expect, test, vi } from "vitest";
import type { ImageAnalysis, ImageAnalysisPart, ImageAnalysisRequest } from "./image-analysis.js";
import { imageAnalysisInParallel } from "./image-analysis-in-parallel.js";
import type { Finish } from "./part.js";

afterEach(() => void vi.useRealTimers());

const finish = (inputTokens: number): Finish => ({ type: "finish", reason: { unified: "stop", raw: "end" }, usage: { inputTokens, outputTokens: 1 } });
const image: ImageAnalysisRequest = { image: { url: "https://example.com/cat.png" } };

const saying = (analysis: ImageAnalysis, tokens: number, warning?: string) =>
  outputStream(async function* saying(_: ImageAnalysisRequest) {
    if (warning !== undefined) yield { type: "warning", message: warning } satisfies ImageAnalysisPart;
    yield { type: "analysis", analysis } satisfies ImageAnalysisPart;
    yield finish(tokens);
  });
const broken = (failure: unknown) =>
  outputStream(function broken(_: ImageAnalysisRequest) {
    return failing<ImageAnalysisPart>(failure);
  });

const deaf = outputStream((_: ImageAnalysisRequest) => hang<ImageAnalysisPart>());

const llm = saying({ description: "A cat looks at me.", objects: ["cat"], tags: [] }, 10);
const vision = saying({ description: "cat", objects: ["animal"], tags: ["indoor"], detections: [] }, 2, "blurred");
const merged = { description: "A cat looks at me.", objects: ["cat"], tags: ["indoor"], detections: [] };

stageLaws("imageAnalysisInParallel", {
  stage: () => imageAnalysisInParallel({ llm, vision }),
  input: [image],
  output: [{ type: "warning", message: "blurred" }, { type: "analysis", analysis: merged }, { ...finish(12), usage: { inputTokens: 12, outputTokens: 2 } }],
  hanging: () => imageAnalysisInParallel({ llm: deaf, vision: deaf }),
});

test("a field that the language model has nothing for is the vision service's, null too", async () => {
  const nothing = { description: null, objects: [], tags: undefined, setting: "" } as unknown as ImageAnalysis;
  const parts = await collect(imageAnalysisInParallel({ llm: saying(nothing, 10), vision })(image));
  expect(parts[1]).toEqual({ type: "analysis", analysis: { description: "cat", objects: ["animal"], tags: ["indoor"], detections: [] } });
});

test("whoever leaves takes both along", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const iterator = imageAnalysisInParallel({ llm: deaf, vision: deaf })(image)[Symbol.asyncIterator]();
  const pending = iterator.next();
  await turns();
  const before = vi.getTimerCount();
  await Promise.all([iterator.return?.(), pending]);
  await turns();
  expect([before > 0, vi.getTimerCount()]).toEqual([true, 0]);
});

test("one that fails is a warning, and the other's answer stands alone", async () => {
  const busy = new StageError("unavailable", "azure: 503");
  expect([await collect(imageAnalysisInParallel({ llm, vision: broken(busy) })(image)), await collect(imageAnalysisInParallel({ llm: broken(busy), vision })(image))]).toEqual([
    [{ type: "warning", message: "the vision service failed, so its part of the analysis is missing: azure: 503" }, { type: "analysis", analysis: { description: "A cat looks at me.", objects: ["cat"] } }, finish(10)],
    [{ type: "warning", message: "the language model failed, so its part of the analysis is missing: azure: 503" }, { type: "warning", message: "blurred" }, { type: "analysis", analysis: { description: "cat", objects: ["animal"], tags: ["indoor"], detections: [] } }, finish(2)],
  ]);
});

test("when both fail, the error has both for its cause and may be retried when one of them may", async () => {
  const [busy, wrong] = [new StageError("unavailable", "busy"), new StageError("invalid_argument", "no image")];
  const error: unknown = await collect(imageAnalysisInParallel({ llm: broken(busy), vision: broken(wrong) })(image)).catch((caught: unknown) => caught);
  expect([StageError.is(error) && [error.code, error.message], ((error as StageError).cause as AggregateError).errors]).toEqual([["unavailable", "no analysis of the image: the language model failed: busy; the vision service failed: no image"], [busy, wrong]]);
});

test.for([
  ["llm", { description: "cat", objects: ["animal"], tags: ["indoor"], detections: [] }],
  ["vision", { description: "A cat looks at me.", objects: ["cat"] }],
] as const)("%s that is too late is cancelled, and the other's answer stands", async ([who, analysis]) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  let reason: unknown;
  const late = outputStream(async function* late(_: ImageAnalysisRequest, { signal }) {
    signal.addEventListener("abort", () => void (reason = signal.reason), { once: true });
    yield* hang<ImageAnalysisPart>();
  });
  const found = collect(imageAnalysisInParallel({ llm, vision, [who]: late, [`${who}Timeout`]: 500 })(image));
  await vi.advanceTimersByTimeAsync(499);
  expect(reason).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect([(await found).filter(({ type }) => type === "analysis"), StageError.is(reason) && reason.code]).toEqual([[{ type: "analysis", analysis }], "deadline_exceeded"]);
});
