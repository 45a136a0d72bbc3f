/** What calls cost, written down however they end. */
import { callValue, StageError, type AnyStage, type Interceptor, type StageErrorCode, type Transform } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { Attempt, hedgeLoser, inBatches, replay } from "@iftk/core/interceptors";
import { addUsage } from "../add-usage.js";
import type { Finish, Usage } from "../part.js";
import { charactersGiven, charactersOf, estimateTokens } from "./estimate-tokens.js";

/** How an attempt ended: by itself, given up by its caller, by an error, or because another attempt answered first. */
export type UsageOutcome = "success" | "abort" | "error" | "hedge-loser";

/** What one attempt cost. */
export interface UsageEntry {
  readonly provider: string | undefined;
  readonly model: string | undefined;
  /** The label of the stage. */
  readonly stage: string;
  /** Counted from 1 within a call of a stage that `resilient` made; 1 elsewhere. */
  readonly attempt: number;
  readonly outcome: UsageOutcome;
  readonly usage: Usage;
  /** Whether the provider did not say, or not to the end: a token is then taken for four characters, and media for nothing. */
  readonly estimated: boolean;
  /** From the first read to the end. */
  readonly milliseconds: number;
  /** Of the first read, in milliseconds since the epoch. */
  readonly time: number;
  /** Why it failed. */
  readonly error?: { readonly code: StageErrorCode; readonly reason: string | undefined };
  /** What the provider calls the reply. */
  readonly response?: Finish["response"];
}

/** What all attempts with one model cost together. */
export interface UsageTotal {
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly attempts: Readonly<Record<UsageOutcome, number>>;
  /** Of how many attempts the usage is estimated. */
  readonly estimated: number;
  readonly usage: Usage;
}

export interface UsageLedgerOptions {
  /** Entries that are kept, the last ones; 1,000 by default. Totals are of all. */
  readonly max?: number;
  /** Called for each entry. */
  onEntry?(entry: UsageEntry): void;
}

/** Whose cost it is. */
export interface UsageLabels {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** Where the costs of calls are written down. */
export interface UsageLedger {
  /** An interceptor that writes down each call of what it is around: put it inside of retries and hedges, next to the engine. */
  record(labels?: UsageLabels): Interceptor;
  /** The last ones, the latest last. */
  readonly entries: readonly UsageEntry[];
  /** For each model, in the order of their first use. Those after the first 1,000 count as one. */
  totals(): readonly UsageTotal[];
  clear(): void;
}

const attempts = callValue<{ count: number }>();

/** Begins to count the attempts of a call: it goes outside of all that makes more than one. */
export const countAttempts: Interceptor = function countAttempts<In, Out>(next: Transform<In, Out>): Transform<In, Out> {
  return (input, call) => next(input, { ...call, values: attempts.in({ count: 0 }, call) });
};

const mostModels = 1000;

/**
 * Keeps what calls cost: an entry for each attempt that was made, however it ended, also when its consumer left, and totals for each model.
 *
 * @throws StageError `invalid_argument` for a `max` below 0.
 */
export function usageLedger(options: UsageLedgerOptions = {}): UsageLedger {
  const max = requireNumber("usageLedger: max", options.max ?? 1000, 0, "whole");
  const entries: UsageEntry[] = [];
  const totals = new Map<string, UsageTotal>();

  const add = (entry: UsageEntry): void => {
    entries.push(entry);
    if (entries.length > max) entries.shift();
    const name = JSON.stringify([entry.provider, entry.model]);
    const key = totals.has(name) || totals.size < mostModels ? name : "";
    const { provider, model, attempts: before, estimated, usage } = totals.get(key) ?? { ...(key === "" ? unnamed : entry), attempts: none, estimated: 0, usage: nothing };
    totals.set(key, { provider, model, attempts: { ...before, [entry.outcome]: before[entry.outcome] + 1 }, estimated: estimated + (entry.estimated ? 1 : 0), usage: addUsage(usage, entry.usage) });
    options.onEntry?.(entry);
  };

  return {
    record: (labels = {}) => recorder(labels, add),
    entries,
    totals: () => [...totals.values()],
    clear() {
      entries.length = 0;
      totals.clear();
    },
  };
}

const none: UsageTotal["attempts"] = { success: 0, abort: 0, error: 0, "hedge-loser": 0 };
const nothing: Usage = { inputTokens: 0, outputTokens: 0 };
const unnamed: UsageLabels = { provider: undefined, model: undefined };

function recorder(labels: UsageLabels, add: (entry: UsageEntry) => void): Interceptor {
  return function usageLedger<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> {
    return inBatches<In, Out>(async function* usageLedger(input, call) {
      const inputs = await replay(input, stage);
      const time = Date.now();
      const counter = attempts.of(call);
      if (counter) counter.count++;
      const attempt = counter?.count ?? 1;
      const seen = new Seen(inputs.value);
      let isOver = false;
      let failure: { readonly error: unknown } | undefined;
      const run = new Attempt<Out>(next, inputs.again(), call);
      try {
        for (let batch = await run.read(); batch; batch = await run.read()) {
          for (const value of batch) seen.take(value);
          yield batch;
        }
        isOver = true;
      } catch (error) {
        failure = { error };
        throw error;
      } finally {
        const outcome = seen.outcome ?? (isOver ? "success" : outcomeOf(call.signal, failure !== undefined));
        const error = failure && outcome === "error" ? StageError.from(failure.error) : undefined;
        const usage = seen.usage(outcome, error?.code);
        const entry: UsageEntry = {
          provider: labels.provider,
          model: labels.model,
          stage: stage.label,
          attempt,
          outcome,
          usage,
          estimated: usage.estimated ?? false,
          milliseconds: Date.now() - time,
          time,
          ...(error && { error: { code: error.code, reason: error.reason } }),
          ...(seen.response && { response: seen.response }),
        };
        try {
          add(entry);
        } finally {
          await run.close();
        }
      }
    });
  };
}

function outcomeOf(signal: AbortSignal, hasFailed: boolean): UsageOutcome {
  if (!signal.aborted) return hasFailed ? "error" : "abort"; // a reader that leaves between two reads tells nothing
  const { reason } = signal as { readonly reason: unknown };
  if (!StageError.is(reason)) return "abort";
  return reason.reason === hedgeLoser ? "hedge-loser" : reason.code === "deadline_exceeded" ? "error" : "abort";
}

/** What is known of the cost of an attempt that runs. */
class Seen {
  readonly #input: unknown;
  #said: Usage | undefined;
  #characters = 0;
  #hasOutput = false;
  /** What the reply's own end says. */
  outcome: UsageOutcome | undefined;
  response: Finish["response"];

  constructor(input: unknown) {
    this.#input = input;
  }

  take(value: unknown): void {
    this.#characters += charactersGiven(value);
    const { type, usage, reason, response } = Object(value) as Partial<Omit<Finish, "type">> & { readonly type?: unknown };
    if (type !== "warning" && type !== "usage" && type !== "progress") this.#hasOutput = true;
    if (typeof usage === "object" && usage !== null && "inputTokens" in usage) this.#said = usage;
    if (type !== "finish") return;
    this.outcome = reason?.unified === "aborted" ? "abort" : reason?.unified === "error" ? "error" : "success";
    this.response = response;
  }

  usage(outcome: UsageOutcome, code: StageErrorCode | undefined): Usage {
    const said = this.#said;
    if (said && (this.outcome ?? outcome === "success")) return said;
    const wasRefused = outcome === "error" && !this.#hasOutput && code !== "deadline_exceeded";
    const inputTokens = said?.inputTokens ?? (wasRefused ? 0 : estimateTokens(charactersOf(this.#input)));
    return { ...said, inputTokens, outputTokens: Math.max(said?.outputTokens ?? 0, estimateTokens(this.#characters)), estimated: true };
  }
}
