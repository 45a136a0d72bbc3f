/** Predictions: begun, watched, and cancelled when nobody waits for them any more. */
import { StageError, type Call, type Stream } from "@iftk/core";
import { batches, type Progress, type Usage } from "@iftk/inference";
import { poll } from "@iftk/inference/http";
import { parseProgressFromLogs } from "replicate";
import type { Client } from "./client.js";
import { endedPrediction, failedPrediction, unexpected } from "./failure.js";
import { modelName } from "./model-name.js";

/** What the API tells of a prediction. */
export interface Prediction {
  readonly id: string;
  readonly status: string;
  readonly model?: string;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly logs?: string | null;
  readonly metrics?: Readonly<Record<string, unknown>> | null;
  readonly urls?: { readonly stream?: string | null };
}

/** What is to be predicted. */
export interface Order {
  readonly model: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Seconds to hold the request open for the result. */
  readonly wait?: number | undefined;
}

/** A prediction in the making. */
export interface Running {
  /** As it was when it began. */
  readonly prediction: Prediction;
  /** The states of it, to the one in which it has succeeded; throws how it failed otherwise. */
  states(): Stream<Prediction>;
  /** What is known of it now. */
  now(): Promise<Prediction>;
  /** Notes that there is nothing left to cancel. */
  end(): void;
  /** What no error about it may hold. */
  readonly secrets: readonly string[];
}

/**
 * Begins a prediction and gives what `use` makes of it. Where that is left, aborted or fails before the prediction is over,
 * the prediction is cancelled: in the background, by a request that takes seconds at most and whose failure nobody is told.
 */
export async function* predict<T>(client: Client, order: Order, call: Call, use: (running: Running) => AsyncGenerator<readonly T[], void, undefined>): AsyncGenerator<readonly T[], void, undefined> {
  const prediction = await begin(client, order, call);
  let isOver = false;
  const end = (): void => void (isOver = true);
  const now = (signal = call.signal): Promise<Prediction> => ask(client, prediction.id, signal);
  const secrets = client.secrets();
  const running: Running = { prediction, end, now, secrets, states: () => states(client, prediction, now, end, call.signal) };
  try {
    yield* use(running);
  } finally {
    if (!isOver) cancel(client, prediction.id);
  }
}

async function begin(client: Client, { model, input, wait }: Order, { signal, deadline }: Call): Promise<Prediction> {
  const { owner, name, version } = modelName(model);
  const left = deadline === undefined ? undefined : Math.max(shortestLife, Math.ceil((deadline - Date.now()) / 1000));
  const headers = {
    prefer: wait ? `wait=${Math.min(60, Math.max(1, Math.round(wait)))}` : undefined,
    "cancel-after": left === undefined || left > longestLife ? undefined : `${left}s`,
  };
  const response = await client.send(version ? "/predictions" : `/models/${owner}/${name}/predictions`, { method: "POST", body: version ? { version, input } : { input }, headers, signal });
  return read(await response.json());
}

/** Seconds that a prediction may be given, as the API has it, and those after which it ends in any case. */
const shortestLife = 5;
const longestLife = 24 * 3600;

async function ask(client: Client, id: string, signal: AbortSignal): Promise<Prediction> {
  return read(await (await client.send(`/predictions/${encodeURIComponent(id)}`, { signal })).json());
}

function read(value: unknown): Prediction {
  const found: Partial<Prediction> | null = typeof value === "object" ? value : null;
  if (typeof found?.id !== "string" || typeof found.status !== "string") throw unexpected("a prediction");
  return found as Prediction;
}

/** Milliseconds that a cancellation may take. */
const longestCancel = 5000;

function cancel(client: Client, id: string): void {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), longestCancel);
  const path = `/predictions/${encodeURIComponent(id)}/cancel`;
  client
    .send(path, { method: "POST", signal: limit.signal })
    .then((response) => response.close())
    .catch(() => {})
    .finally(() => clearTimeout(timer));
}

/** Questions in a row that may fail in passing before the prediction is given up: it goes on meanwhile, and is paid for. */
const mostFailures = 4;

async function* states(client: Client, begun: Prediction, now: (signal: AbortSignal) => Promise<Prediction>, end: () => void, signal: AbortSignal): Stream<Prediction> {
  const { pollInterval: interval = 500, maxWait = 30 * 60_000 } = client.options;
  let last: Prediction | undefined;
  let failures = 0;
  const next = async (limit: AbortSignal): Promise<Prediction> => {
    if (last === undefined) return begun;
    try {
      const state = await now(limit);
      failures = 0;
      return state;
    } catch (error) {
      if (!StageError.is(error) || !error.retryable || ++failures > mostFailures) throw error;
      return last;
    }
  };
  for await (const found of batches(poll({ ask: next, isDone: isOver, interval, backoff: 1.5, maxInterval: 10 * interval, maxWait, signal }))) {
    for (const state of found) {
      last = state;
      if (isOver(state)) end();
      check(state, client.secrets());
      yield state;
    }
  }
}

const isOver = ({ status }: Prediction): boolean => ["succeeded", "failed", "canceled", "aborted"].includes(status);

/** Throws how a prediction ended, without these secrets, unless it did not end, or well. */
export function check({ status, error }: Prediction, secrets: readonly string[]): void {
  if (status === "failed") throw failedPrediction(error, secrets);
  if (status === "canceled" || status === "aborted") throw endedPrediction(status);
}

/** Characters of the logs that are looked at, from their end. */
const logTail = 4096;

/** How far a prediction is: the fraction is that of the last progress bar in its logs. */
export function progressOf({ status, logs }: Prediction): Progress {
  const bar = logs ? parseProgressFromLogs(logs.slice(-logTail).replaceAll("\r", "\n")) : null;
  return { type: "progress", status, ...(bar && { fraction: Math.min(1, bar.percentage) }) };
}

/** What a prediction took, as far as its model counts. */
export function usageOf({ metrics }: Prediction): Usage {
  const count = (name: string): number | undefined => (typeof metrics?.[name] === "number" ? metrics[name] : undefined);
  const input = count("input_token_count");
  const output = count("output_token_count");
  const seconds = count("video_output_duration_seconds") ?? count("audio_output_duration_seconds");
  return { inputTokens: input ?? 0, outputTokens: output ?? 0, ...(seconds !== undefined && { seconds }), ...(input === undefined && output === undefined && { estimated: true }) };
}
