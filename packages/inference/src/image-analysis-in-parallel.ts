/** Two looks at one image: that of a language model and that of a vision service. */
import { forEach, intercept, type CallOptions, outputStream, type OutputStream, StageError, type Stream } from "@iftk/core";
import { timeout } from "@iftk/core/interceptors";
import { checkFinish } from "./check-finish.js";
import type { ImageAnalysis, ImageAnalysisPart, ImageAnalysisRequest } from "./image-analysis.js";
import type { Finish } from "./part.js";
import { addUsage } from "./add-usage.js";

type Analyst = OutputStream<ImageAnalysisRequest, ImageAnalysisPart>;

export interface ImageAnalysisInParallelOptions {
  /** A language model that sees; where both tell of a field, it is believed. */
  readonly llm: Analyst;
  /** A vision service. */
  readonly vision: Analyst;
  /** Milliseconds that the language model may take; 100,000 without it. */
  readonly llmTimeout?: number;
}

/** What one of the two had to say. */
interface Finding {
  readonly analysis: ImageAnalysis;
  readonly warnings: readonly string[];
  readonly finish: Finish;
}

/**
 * Asks both at once and merges what they tell, field by field. When one fails or is too late, it is cancelled, a warning says so, and
 * the other's answer stands alone.
 *
 * @throws StageError with both failures as an AggregateError for its cause when both fail: `unavailable` where one of them may
 * succeed when tried again, else with the code of the vision service's failure.
 */
export function imageAnalysisInParallel({ llm, vision, llmTimeout = 100_000 }: ImageAnalysisInParallelOptions): Analyst {
  const bounded = intercept(llm, timeout({ total: llmTimeout }));
  return outputStream(async function* imageAnalysisInParallel(request: ImageAnalysisRequest, call): Stream<ImageAnalysisPart> {
    const findings = await Promise.allSettled([findingOf(bounded, request, call), findingOf(vision, request, call)]);
    call.signal.throwIfAborted();
    const [byModel, byVision] = findings.map((finding) => (finding.status === "fulfilled" ? finding.value : undefined));
    const failures = findings.flatMap((finding, index) => (finding.status === "rejected" ? [{ error: StageError.from(finding.reason), label: index === 0 ? llm.label : vision.label }] : []));
    if (!byModel && !byVision) throw bothFailed(failures);

    for (const { error, label } of failures) yield { type: "warning", message: `${label} failed, so its part of the analysis is missing: ${error.message}` };
    for (const message of [...(byModel?.warnings ?? []), ...(byVision?.warnings ?? [])]) yield { type: "warning", message };
    yield { type: "analysis", analysis: { ...byVision?.analysis, ...told(byModel?.analysis) } };
    const [first, second] = [byModel?.finish, byVision?.finish];
    const finish = first ?? second;
    if (finish) yield { ...finish, usage: first && second ? addUsage(first.usage, second.usage) : finish.usage };
  });
}

async function findingOf(analyst: Analyst, request: ImageAnalysisRequest, call: CallOptions): Promise<Finding> {
  let analysis: ImageAnalysis = {};
  const warnings: string[] = [];
  let finish: Finish | undefined;
  await forEach(analyst(request, call), (part) => {
    if (part.type === "analysis") analysis = { ...analysis, ...part.analysis };
    else if (part.type === "warning") warnings.push(part.message);
    else if (part.type === "finish") finish = part;
  });
  return { analysis, warnings, finish: checkFinish(finish) };
}

/** The fields that say something. */
function told(analysis: ImageAnalysis = {}): ImageAnalysis {
  return Object.fromEntries(Object.entries(analysis).filter(([, value]) => value !== undefined && value.length > 0));
}

function bothFailed(failures: readonly { readonly error: StageError; readonly label: string }[]): StageError {
  const errors = failures.map(({ error }) => error);
  const code = errors.some(({ retryable }) => retryable) ? "unavailable" : (errors.at(-1)?.code ?? "unknown");
  const message = `no analysis of the image: ${failures.map(({ error, label }) => `${label}: ${error.message}`).join("; ")}`;
  return new StageError(code, message, { cause: new AggregateError(errors, message) });
}

