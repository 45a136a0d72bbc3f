/** Spans of OpenTelemetry. */
import { context, isSpanContextValid, SpanStatusCode, trace, type Attributes, type Context, type Span, type SpanKind, type Tracer } from "@opentelemetry/api";
import { StageError } from "../error.js";
import type { Interceptor } from "../intercept.js";
import { only, type Transform } from "../run.js";
import { of, takesValue, type AnyStage } from "../stage.js";
import { callValue, type Call } from "../stream.js";
import { Attempt, inBatches } from "./attempt.js";
import { isGivenUp } from "./given-up.js";

export interface OpenTelemetryOptions {
  /** By default that of the global provider, named `@iftk/core`. */
  readonly tracer?: Tracer | undefined;
  /** Of each span; the label of the stage by default. */
  readonly name?: string | undefined;
  /** Of each span; internal by default. */
  readonly kind?: SpanKind | undefined;
  /** Further attributes of each span. */
  readonly attributes?: Attributes | undefined;
}

const parent = callValue<Context>();
const own = callValue<Span>();

/** The span that the nearest `openTelemetry` around a stage made for the call; it records nothing where there is no provider. */
export function spanOf(call: Pick<Call, "values">): Span | undefined {
  return own.of(call);
}

/**
 * Makes a span for each call, from its first read to its end, with `iftk.stage.label`, `iftk.stage.mode`, `iftk.stage.items`,
 * `iftk.stage.time_to_first` (seconds), and on failure, a passed deadline too, the error and `error.type`; `iftk.stage.canceled` when the call was given up.
 * Over a stage that takes one value it begins when that is there.
 *
 * The stage runs in the span's context. The parent is the active span, or else that of the call that handed its `Call` on,
 * so that spans nest where there is no context manager. Without a provider there is no span and no context.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Interceptor {
  return <In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> =>
    inBatches<In, Out>(async function* openTelemetry(input, call) {
      const active = context.active();
      const outer = trace.getSpan(active) ? active : (parent.of(call) ?? active);
      const given = takesValue(stage.mode) ? of(await only(input, stage.label)) : input;
      const span = start(options, stage, outer);
      const inner = isSpanContextValid(span.spanContext()) ? trace.setSpan(outer, span) : outer;
      const began = performance.now();
      let items = 0;
      let outcome: "end" | "error" | "cancel" = "cancel";
      const run = context.with(inner, () => new Attempt<Out>(next, given, { ...call, values: own.in(span, { values: parent.in(inner, call) }) }));
      const read = (): ReturnType<typeof run.read> => context.with(inner, () => run.read());
      try {
        for (let batch = await read(); batch; batch = await read()) {
          if (items === 0) span.setAttribute("iftk.stage.time_to_first", (performance.now() - began) / 1000);
          items += batch.length;
          yield batch;
        }
        outcome = "end";
      } catch (error) {
        if (!isGivenUp(call)) {
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
}

function start(options: OpenTelemetryOptions, stage: AnyStage, parent: Context): Span {
  const tracer = options.tracer ?? trace.getTracer("@iftk/core");
  const attributes = { ...options.attributes, "iftk.stage.label": stage.label, "iftk.stage.mode": stage.mode };
  return tracer.startSpan(options.name ?? stage.label, { attributes, ...(options.kind !== undefined && { kind: options.kind }) }, parent);
}
