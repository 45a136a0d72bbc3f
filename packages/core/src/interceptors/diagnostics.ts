/** Traces on a diagnostics channel of Node. */
import { channel } from "node:diagnostics_channel";
import type { Interceptor } from "../intercept.js";
import { trace, type TraceOptions } from "./trace.js";

/** The channel on which traces are published. */
export const traceChannelName = "iftk.stage";

/** Publishes a `TraceEvent` for what happens in each call on the diagnostics channel `iftk.stage`; a call without a subscriber is not touched. */
export function diagnostics(options: Pick<TraceOptions, "values"> = {}): Interceptor {
  const stages = channel(traceChannelName);
  return trace((event) => stages.publish(event), { ...options, isOn: () => stages.hasSubscribers });
}
