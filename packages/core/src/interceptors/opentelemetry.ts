/** Spans of OpenTelemetry. */
import { context, isSpanContextValid, SpanStatusCode, trace, type Attributes, type Context, type Tracer } from "@opentelemetry/api";
import { StageError } from "../error.js";
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import type { AnyStage } from "../stage.js";
import { callValue } from "../stream.js";
import { Attempt, inBatches } from "./attempt.js";

export interface OpenTelemetryOptions {
  /** By default that of the global provider, named `@iftk/core`. */
  readonly tracer?: Tracer;
  /** Further attributes of each span. */
  readonly attributes?: Attributes;
}

const parent = callValue<Context>();

/**
 * Makes a span for each call, from its first read to its end, with `iftk.stage.label`, `iftk.stage.mode`, `iftk.stage.items`,
 * `iftk.stage.time_to_first` (seconds), and on failure the error and `error.type`; `iftk.stage.canceled` when the call was given up.
 *
 * The stage runs in the span's context. The parent is the active span, or else that of the call that handed its `Call` on,
 * so that spans nest where there is no context manager. Without a provider a call is not touched.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Interceptor {
  return <In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> =>
    (input, call) => {
      const active = context.active();
      const outer = trace.getSpan(active) ? active : (parent.of(call) ?? active);
      const tracer = options.tracer ?? trace.getTracer("@iftk/core");
      const attributes = { ...options.attributes, "iftk.stage.label": stage.label, "iftk.stage.mode": stage.mode };
      const span = tracer.startSpan(stage.label, { attributes }, outer);
      if (!isSpanContextValid(span.spanContext())) return next(input, call);
      const inner = trace.setSpan(outer, span);

      const spanned = inBatches<In, Out>(async function* openTelemetry() {
        const began = performance.now();
        let items = 0;
        let outcome: "end" | "error" | "cancel" = "cancel";
        const run = context.with(inner, () => new Attempt<Out>(next, input, { ...call, values: parent.in(inner, call) }));
        const read = (): ReturnType<typeof run.read> => context.with(inner, () => run.read());
        try {
          for (let batch = await read(); batch; batch = await read()) {
            if (items === 0) span.setAttribute("iftk.stage.time_to_first", (performance.now() - began) / 1000);
            items += batch.length;
            yield batch;
          }
          outcome = "end";
        } catch (error) {
          if (!call.signal.aborted) {
            outcome = "error";
            const { code, message } = StageError.from(error);
            span.recordException(error instanceof Error ? error : String(error));
            span.setAttribute("error.type", code).setStatus({ code: SpanStatusCode.ERROR, message });
          }
          throw error;
        } finally {
          try {
            await context.with(inner, () => run.close());
          } finally {
            span.setAttribute("iftk.stage.items", items);
            if (outcome === "cancel") span.setAttribute("iftk.stage.canceled", true);
            span.end();
          }
        }
      });
      return spanned(input, call);
    };
}
