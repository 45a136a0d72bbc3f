/** Calls that are made again when they fail. */
import { StageError } from "../error.js";
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import { yieldsValue, type AnyStage } from "../stage.js";
import { Attempt, inBatches, isRetryable, replay } from "./attempt.js";
import type { Budget } from "./budget.js";
import { pause } from "./pause.js";
import { requireNumber } from "../require-number.js";
import { countOn, rollback, type Rollback } from "./rollback.js";

/** What failure means after the first output: the error is told, or the output is taken back by a mark and given anew. */
export type AfterOutput = "before-first" | "replace";

/** Waits in milliseconds: `initial * factor ** n`, at most `max`. */
export interface Backoff {
  /** 500 by default. */
  readonly initial?: number;
  /** 2 by default. */
  readonly factor?: number;
  /** 30,000 by default. */
  readonly max?: number;
}

/** What is told of an attempt that failed and is to be followed by another. */
export interface Retry {
  /** Counted from 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Milliseconds until the next attempt. */
  readonly wait: number;
}

export interface RetryOptions<After extends AfterOutput = AfterOutput> {
  /** Attempts in all; 3 by default. */
  readonly attempts?: number;
  readonly backoff?: Backoff;
  /** Whether a wait is drawn evenly from 0 up to the backoff; true by default. */
  readonly jitter?: boolean;
  /** Longest wait in milliseconds that an error's `retryAfter` may ask for; 60,000 by default. */
  readonly maxRetryAfter?: number;
  /** Whether an error is worth another attempt; a `retryable` StageError is by default. */
  when?(error: unknown): boolean;
  /** Limits retries over many calls. */
  readonly budget?: Budget;
  /** `"before-first"` by default. */
  readonly afterOutput?: After;
  /** Called before each wait. */
  onRetry?(retry: Retry): void;
  /** Gives numbers from 0 up to 1; `Math.random` by default. */
  random?(): number;
}

/**
 * Makes a call again when it fails, after exponential backoff with full jitter, or after what the error says by `retryAfter`.
 *
 * The error is told untouched when attempts or budget are used up, when the wait would outlast the deadline, when output was
 * given (but for `afterOutput: "replace"`), and when a stage that takes a stream has begun to read it.
 *
 * @throws StageError `invalid_argument` for options out of range, and for `"replace"` over a stage that gives one value.
 */
export function retry(options?: RetryOptions<"before-first">): Interceptor;
export function retry(options: RetryOptions): Interceptor<Rollback>;
export function retry(options: RetryOptions = {}): Interceptor<Rollback> {
  const { jitter = true, afterOutput = "before-first" } = options;
  const when = options.when ?? isRetryable;
  const random = options.random ?? Math.random;
  const attempts = requireNumber("retry: attempts", options.attempts ?? 3, 1, "whole");
  const initial = requireNumber("retry: backoff.initial", options.backoff?.initial ?? 500, 0);
  const factor = requireNumber("retry: backoff.factor", options.backoff?.factor ?? 2, 1);
  const max = requireNumber("retry: backoff.max", options.backoff?.max ?? 30_000, 0);
  const maxRetryAfter = requireNumber("retry: maxRetryAfter", options.maxRetryAfter ?? 60_000, 0);

  const waitAfter = (error: unknown, attempt: number): number => {
    if (StageError.is(error) && error.retryAfter !== undefined) return Math.min(error.retryAfter, maxRetryAfter);
    return Math.min(max, initial * factor ** (attempt - 1)) * (jitter ? random() : 1);
  };

  return function retry<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out | Rollback> {
    requireReplaceable("retry", afterOutput, stage);
    return inBatches<In, Out | Rollback>(async function* retry(input, call) {
      const inputs = await replay(input, stage);
      options.budget?.earn();
      for (let attempt = 1; ; attempt++) {
        const run = new Attempt<Out>(next, inputs.again(), call);
        let given = 0;
        let wait: number;
        try {
          for (let batch = await run.read(); batch; batch = await run.read()) {
            given = countOn(given, batch);
            yield batch;
          }
          return;
        } catch (error) {
          wait = waitAfter(error, attempt);
          const isFinal = call.signal.aborted || attempt >= attempts || inputs.isSpent || (given > 0 && afterOutput === "before-first") || !when(error);
          if (isFinal || Date.now() + wait >= (call.deadline ?? Infinity) || options.budget?.spend() === false) throw error;
          options.onRetry?.({ attempt, error, wait });
        } finally {
          await run.close();
        }
        if (given > 0) yield [rollback(given)];
        await pause(wait, call.signal);
      }
    });
  };
}

/** @throws StageError `invalid_argument` for `"replace"` over a stage that gives one value, which nothing can take back. */
export function requireReplaceable(name: string, afterOutput: AfterOutput, stage: AnyStage): void {
  if (afterOutput === "replace" && yieldsValue(stage.mode)) throw new StageError("invalid_argument", `${name}: ${stage.label} gives one value; afterOutput "replace" is for stages that give a stream`);
}
