/** The text that a prediction gives. */
import { sync, type Call } from "@iftk/core";
import { batches, type Finish, type Usage } from "@iftk/inference";
import { sseEvents } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { provider, type Client } from "./client.js";
import { endedPrediction, failedPrediction, unexpected } from "./failure.js";
import { check, usageOf, type Prediction, type Running } from "./prediction.js";

/** The text as it comes, over the prediction's stream, or by its states where the model does not stream; then its finish. */
export async function* textOf(client: Client, running: Running, call: Call): AsyncGenerator<readonly (string | Finish)[], void, undefined> {
  const { urls } = running.prediction;
  if (!urls?.stream) {
    let last = running.prediction;
    let given = 0;
    for await (const state of running.states()) {
      last = state;
      const text = joined(state.output);
      if (text.length > given) yield [text.slice(given)];
      given = Math.max(given, text.length);
    }
    if (typeof last.output === "object" && !Array.isArray(last.output)) throw unexpected("a text");
    yield [finishOf(last, usageOf(last))];
    return;
  }
  const response = await client.send(urls.stream, { headers: { accept: "text/event-stream", "cache-control": "no-store" }, signal: call.signal });
  const events = sync<SseEvent, string>("prediction-events", () => ({ take: (event) => read(event, running) }));
  yield* batches(events(sseEvents(response.bytes, { provider, signal: call.signal, isLast })));
  yield [finishOf(running.prediction, await usageAfter(running, call))];
}

const isLast = ({ type }: SseEvent): boolean => type === "done" || type === "error";

function read({ type, data }: SseEvent, running: Running): readonly string[] {
  if (type === "output") return data === "" ? [] : [data];
  if (!isLast({ type, data, lastEventId: "" })) return [];
  running.end();
  const { detail, reason } = detailsOf(data);
  if (type === "error") throw failedPrediction(detail ?? data, running.secrets);
  if (reason === "canceled") throw endedPrediction(reason);
  if (reason !== undefined) throw failedPrediction(detail, running.secrets);
  return [];
}

function detailsOf(data: string): { readonly detail?: unknown; readonly reason?: unknown } {
  try {
    return (JSON.parse(data) as { readonly detail?: unknown; readonly reason?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}

/** The stream does not tell what was used, so the prediction is looked at once more; the text is whole without it. */
async function usageAfter(running: Running, { signal }: Call): Promise<Usage> {
  let state: Prediction;
  try {
    state = await running.now();
  } catch {
    signal.throwIfAborted();
    return { inputTokens: 0, outputTokens: 0, estimated: true };
  }
  check(state, running.secrets);
  return usageOf(state);
}

/** The finish of a prediction that succeeded. */
export function finishOf({ id, model }: Prediction, usage: Usage): Finish {
  return { type: "finish", reason: { unified: "stop", raw: "succeeded" }, usage, response: { id, ...(model && { model }) } };
}

/** The text of an output: a text, or the pieces of one. */
export function joined(output: unknown): string {
  if (typeof output === "string") return output;
  return Array.isArray(output) ? output.filter((piece) => typeof piece === "string").join("") : "";
}
