/** Spans and metrics by the OpenTelemetry conventions for generative AI as of version 1.42. */
import { bidi, StageError, yieldsValue, type AnyStage, type Interceptor, type Transform } from "@iftk/core";
import { Attempt, inBatches, replay } from "@iftk/core/interceptors";
import { openTelemetry, spanOf } from "@iftk/core/opentelemetry";
import { metrics, SpanKind, trace, type Attributes, type Meter, type Tracer } from "@opentelemetry/api";
import { instrumentsOf } from "./instruments.js";
import { inputMessages, TextLimit } from "./message-content.js";
import { Observation } from "./observation.js";
import { requestAttributes } from "./request-attributes.js";

/** How telemetry is made, whatever it is of. */
export interface TelemetryOptions {
  /** By default that of the global provider, named `@iftk/inference`. */
  readonly tracer?: Tracer;
  /** By default that of the global provider, named `@iftk/inference`. */
  readonly meter?: Meter;
  /** Further attributes of each span. */
  readonly attributes?: Attributes;
  /** Puts what was asked and answered on the span, which is private as a rule; not by default. Media are left out. */
  readonly content?: boolean;
  /** Characters of it, in each direction; 32,768 by default. */
  readonly maxContent?: number;
}

export interface GenAiTelemetryOptions extends TelemetryOptions {
  /** `chat`, `embeddings`, `generate_content` or what else the conventions name; `chat` by default. */
  readonly operation?: string;
  /** The conventions' name of the provider: `openai`, `anthropic`, `azure.ai.openai`... */
  readonly provider: string;
  readonly model?: string | undefined;
  /** What is asked for beside text: `image`, `speech`... */
  readonly outputType?: string | undefined;
  /** Parameters that hold where a request has none, as an engine is given them. */
  readonly defaults?: object | undefined;
  /** Where the provider is. */
  readonly server?: { readonly address: string; readonly port?: number } | undefined;
  /** Internal for a model in the same process; client by default. */
  readonly kind?: SpanKind | undefined;
}

/**
 * Makes a client span `chat <model>` for each call, with `gen_ai.` attributes of request, response and usage, and records
 * `gen_ai.client.operation.duration`, `time_to_first_chunk` and `time_per_output_chunk` (of streams) and `gen_ai.client.token.usage`
 * (where the provider says what was used). `error.type` is the code of the StageError.
 *
 * Put it around `resilient`: it is about the call as its caller sees it, with all its attempts. It ends with the call, however that ends.
 */
export function genAiTelemetry(options: GenAiTelemetryOptions): Interceptor {
  const { operation = "chat", provider, model, server, kind = SpanKind.CLIENT, maxContent = 32_768 } = options;
  const common: Attributes = {
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": provider,
    ...(model !== undefined && { "gen_ai.request.model": model }),
    ...(server && { "server.address": server.address, ...(server.port !== undefined && { "server.port": server.port }) }),
  };
  const attributes = { ...options.attributes, ...common, ...(options.outputType !== undefined && { "gen_ai.output.type": options.outputType }) };
  const spanned = openTelemetry({ tracer: options.tracer ?? trace.getTracer("@iftk/inference"), name: model === undefined ? operation : `${operation} ${model}`, kind, attributes });

  return function genAiTelemetry<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> {
    const isStreamed = !yieldsValue(stage.mode);
    const observed = inBatches<In, Out>(async function* genAiTelemetry(input, call) {
      const inputs = await replay(input, stage);
      const span = spanOf(call);
      if (span?.isRecording()) {
        span.setAttributes({ ...requestAttributes(inputs.value, options.defaults), ...(isStreamed && { "gen_ai.request.stream": true }) });
        const asked = options.content ? inputMessages(inputs.value, new TextLimit(maxContent)) : undefined;
        if (asked !== undefined) span.setAttribute("gen_ai.input.messages", asked);
      }
      const seen = new Observation(span, instrumentsOf(options.meter ?? metrics.getMeter("@iftk/inference")), common, isStreamed, options.content ? maxContent : 0);
      let outcome: "end" | "error" | "cancel" = "cancel";
      let failure: unknown;
      const run = new Attempt<Out>(next, inputs.again(), call);
      try {
        for (let batch = await run.read(); batch; batch = await run.read()) {
          seen.take(batch);
          yield batch;
        }
        outcome = "end";
      } catch (error) {
        failure = error;
        if (!call.signal.aborted || isTimeout(call.signal.reason)) outcome = "error";
        throw error;
      } finally {
        try {
          seen.end(outcome, failure);
        } finally {
          await run.close();
        }
      }
    });
    return spanned<In, Out>(bidi(observed) as Transform<In, Out>, stage);
  };
}

/** Whether a call was ended by its deadline rather than given up. */
const isTimeout = (reason: unknown): boolean => StageError.is(reason) && reason.code === "deadline_exceeded";
