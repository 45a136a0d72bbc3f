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
  /** Milliseconds that the vision service may take; no limit without it. */
  readonly visionTimeout?: number;
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
export function imageAnalysisInParallel({ llm, vision, llmTimeout = 100_000, visionTimeout = Infinity }: ImageAnalysisInParallelOptions): Analyst {
  const [model, service] = [intercept(llm, timeout({ total: llmTimeout })), intercept(vision, timeout({ total: visionTimeout }))];
  return outputStream(async function* imageAnalysisInParallel(request: ImageAnalysisRequest, call): Stream<ImageAnalysisPart> {
    const findings = await Promise.allSettled([findingOf(model, request, call), findingOf(service, request, call)]);
    call.signal.throwIfAborted();
    const [byModel, byVision] = findings.map((finding) => (finding.status === "fulfilled" ? finding.value : undefined));
    const failures = findings.flatMap((finding, index) => (finding.status === "rejected" ? [{ error: StageError.from(finding.reason), who: index === 0 ? "the language model" : "the vision service" }] : []));
    if (!byModel && !byVision) throw bothFailed(failures);

    for (const { error, who } of failures) yield { type: "warning", message: `${who} failed, so its part of the analysis is missing: ${error.message}` };
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

/** The fields that say something; an engine that is not typed may give null for nothing. */
function told(analysis: ImageAnalysis = {}): ImageAnalysis {
  return Object.fromEntries(Object.entries(analysis).filter(([, value]) => Boolean(value?.length)));
}

function bothFailed(failures: readonly { readonly error: StageError; readonly who: string }[]): StageError {
  const errors = failures.map(({ error }) => error);
  const code = errors.some(({ retryable }) => retryable) ? "unavailable" : (errors.at(-1)?.code ?? "unknown");
  const message = `no analysis of the image: ${failures.map(({ error, who }) => `${who} failed: ${error.message}`).join("; ")}`;
  return new StageError(code, message, { cause: new AggregateError(errors, message) });
}
