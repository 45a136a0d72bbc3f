/** Calls that are made again when they fail. */
import { StageError } from "../error.js";
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import type { AnyStage } from "../stage.js";
import { Given, requireAfterOutput, type AfterOutput, type AfterOutputOptions, type Continuation, type NextAttempt } from "./after-output.js";
import { Attempt, inBatches, isRetryable, replay } from "./attempt.js";
import type { Budget } from "./budget.js";
import { pause } from "./pause.js";
import { requireNumber } from "../require-number.js";
import type { Rollback } from "./rollback.js";

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
  /** What becomes of the output that was given; undefined where there was none. */
  readonly afterOutput: "replace" | "continue" | undefined;
}

export interface RetryOptions<After extends AfterOutput = "before-first" | "replace"> extends AfterOutputOptions<After> {
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
  /** Called before each wait. */
  onRetry?(retry: Retry): void;
  /** Gives numbers from 0 up to 1; `Math.random` by default. */
  random?(): number;
}

/**
 * Makes a call again when it fails, after exponential backoff with full jitter, or after what the error says by `retryAfter`.
 *
 * The error is told untouched when attempts or budget are used up, when the wait would outlast the deadline, when output was
 * given (but for `afterOutput: "replace"` and `"continue"`), and when a stage that takes a stream has begun to read it.
 *
 * @throws StageError `invalid_argument` for options out of range, and for `"replace"` and `"continue"` over a stage that gives
 * one value, or takes a stream where it is to go on.
 */
export function retry(options?: RetryOptions<"before-first">): Interceptor;
export function retry<In, Out>(options: RetryOptions<"continue"> & Continuation<In, Out>): Interceptor<never, In, Out>;
export function retry(options: RetryOptions): Interceptor<Rollback>;
export function retry(options: RetryOptions<AfterOutput> = {}): Interceptor<Rollback> {
  const { jitter = true } = options;
  const when = options.when ?? isRetryable;
  const random = options.random ?? Math.random;
  const attempts = requireNumber("retry: attempts", options.attempts ?? 3, 1, "whole");
  const initial = requireNumber("retry: backoff.initial", options.backoff?.initial ?? 500, 0);
  const factor = requireNumber("retry: backoff.factor", options.backoff?.factor ?? 2, 1);
  const max = requireNumber("retry: backoff.max", options.backoff?.max ?? 30_000, 0);
  const maxRetryAfter = requireNumber("retry: maxRetryAfter", options.maxRetryAfter ?? 60_000, 0);

  const waitAfter = (error: unknown, attempt: number): number => {
    const asked = StageError.is(error) ? error.retryAfter : undefined;
    if (asked !== undefined && !Number.isNaN(asked)) return Math.min(Math.max(asked, 0), maxRetryAfter);
    return Math.min(max, initial * factor ** (attempt - 1)) * (jitter ? random() : 1);
  };

  return function retry<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out | Rollback> {
    requireAfterOutput("retry", options, stage);
    return inBatches<In, Out | Rollback>(async function* retry(input, call) {
      const inputs = await replay(input, stage);
      const given = new Given<Out>(options, inputs);
      options.budget?.earn();
      let following: NextAttempt | undefined;
      for (let attempt = 1; ; attempt++) {
        const run = new Attempt<Out>(next, following?.input ?? inputs.again(), call);
        let wait: number;
        try {
          for (let batch = await run.read(); batch; batch = await run.read()) {
            given.add(batch);
            yield batch;
          }
          return;
        } catch (error) {
          wait = waitAfter(error, attempt);
          const isFinal = call.signal.aborted || attempt >= attempts || inputs.isSpent || !when(error) || Date.now() + wait >= (call.deadline ?? Infinity);
          following = isFinal ? undefined : given.next();
          if (!following || options.budget?.spend() === false) throw error;
          options.onRetry?.({ attempt, error, wait, afterOutput: following.afterOutput });
        } finally {
          await run.close();
        }
        if (following.marks.length > 0) yield following.marks;
        await pause(wait, call.signal);
      }
    });
  };
}
