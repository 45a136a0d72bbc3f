/** All that makes a call survive what networks and providers do, around any stage, in one order. */
import { intercept, StageError, type AnyStage, type InputOf, type Intercepted, type Interceptor, type OutputOf } from "@iftk/core";
import {
  concurrency,
  fallback,
  hedge,
  rateLimit,
  retry,
  timeout,
  type AfterOutput,
  type ConcurrencyOptions,
  type FallbackOptions,
  type HedgeOptions,
  type RateLimitOptions,
  type RetryOptions,
  type Rollback,
} from "@iftk/core/interceptors";
import { defined } from "../defined.js";
import { isContent as isContentOfParts } from "../is-content.js";
import { breaker, circuitOpen, type BreakerOptions } from "./breaker.js";
import { contentFilterRetry, type ContentFilterRetryOptions } from "./content-filter-retry.js";
import { countAttempts, type UsageLedger } from "./usage-ledger.js";

/** Milliseconds, or false for no limit. */
export interface TimeLimits {
  /** From the beginning of an attempt to its first content; 120,000 by default. */
  readonly first?: number | false;
  /** From one content to the next; 60,000 by default. */
  readonly idle?: number | false;
  /** From the first read to the end, over all attempts; none by default. */
  readonly total?: number | false;
}

type WithoutOutput<Options> = Omit<Options, "afterOutput" | "isContent" | "continueWith">;

/** The policies that need to know nothing of the stage. */
export interface ResiliencePolicies {
  /** Attempts, backoff, budget; three attempts by default, of errors that another attempt may help. False for one attempt. */
  readonly retry?: WithoutOutput<RetryOptions> | false;
  readonly timeout?: TimeLimits | false;
  /** Off by default. Given as an interceptor, it is shared with other stages. */
  readonly rateLimit?: RateLimitOptions | Interceptor | false;
  /** Off by default. Given as an interceptor, it is shared with other stages. */
  readonly concurrency?: ConcurrencyOptions | Interceptor | false;
  /** Off by default. Given as an interceptor, it is shared with other stages; one for each provider is the rule. */
  readonly breaker?: BreakerOptions | Interceptor | false;
  /** Where each attempt is written down. */
  readonly ledger?: UsageLedger;
  /** For the ledger and messages. */
  readonly provider?: string | undefined;
  /** For the ledger. */
  readonly model?: string | undefined;
}

export interface ResilientOptions<S extends AnyStage, F extends AnyStage = never, After extends AfterOutput = "before-first"> extends ResiliencePolicies {
  /** Stages that stand in, in turn, each with policies of its own; or those and when they do. */
  readonly fallback?: F | readonly F[] | (WithoutOutput<FallbackOptions> & { readonly stages: F | readonly F[] });
  /** Off by default. */
  readonly hedge?: Omit<HedgeOptions<S>, "isContent"> | false;
  /** Who rewrites a prompt that a content filter refused. */
  readonly contentFilter?: ContentFilterRetryOptions<InputOf<S>>;
  /** What a failure after output means to retries and fallbacks; `"before-first"` by default. */
  readonly afterOutput?: After;
  /** How an attempt goes on, with `afterOutput: "continue"`: `continueChat` for chats. */
  readonly continueWith?: (input: InputOf<S>, given: readonly OutputOf<S>[]) => InputOf<S> | undefined;
  /** What ends the wait for content, decides a hedge and stands in the way of another attempt; `isContent` of `@iftk/inference` by default. */
  isContent?(value: unknown): boolean;
}

/** The stage, with what its policies may add to its output. */
export type Resilient<S extends AnyStage, F extends AnyStage = never, After extends AfterOutput = "before-first"> = Intercepted<S, OutputOf<F> | (After extends "replace" ? Rollback : never)>;

/** Whether another attempt may help, as `resilient` has it by default: a circuit that is open is not waited for. */
export const worthAnother = (error: unknown): boolean => StageError.is(error) && error.retryable && error.reason !== circuitOpen;

/**
 * The stage with sensible policies around it; each can be switched off or set. From the outermost:
 *
 * 1. `timeout.total`: over everything
 * 2. `fallback`: another stage, when all else has failed
 * 3. `contentFilter`: the prompt written anew
 * 4. `hedge`: a second attempt beside a slow one; one that has failed is only followed by another of other `stages`, or without `retry`
 * 5. `retry`: another attempt after one that failed; a circuit that is open is not waited for
 * 6. `breaker`: fails at once while the provider is down, before a place is taken
 * 7. `concurrency` and 8. `rateLimit`: waiting for a place, which no limit of time but the total counts
 * 9. `timeout.first` and `timeout.idle`: of one attempt
 * 10. `ledger`: each attempt that reached the engine, once
 *
 * @throws StageError `invalid_argument` for options out of range, and for policies that make no sense over the stage's mode.
 */
export function resilient<S extends AnyStage, F extends AnyStage = never, const After extends AfterOutput = "before-first">(stage: S, options: ResilientOptions<S, F, After> = {}): Resilient<S, F, After> {
  const { isContent = isContentOfParts, continueWith, provider, model, ledger } = options;
  const after = { afterOutput: options.afterOutput ?? "before-first", isContent, ...(continueWith && { continueWith }) } as { readonly afterOutput: "before-first" };
  const limits = options.timeout === false ? noLimits : { ...defaultLimits, ...defined(options.timeout ?? {}) };
  const standing = options.fallback === undefined ? undefined : typeof options.fallback === "function" || Array.isArray(options.fallback) ? { stages: options.fallback as F | readonly F[] } : (options.fallback as { readonly stages: F | readonly F[] });
  const chain: readonly (Interceptor | false | undefined)[] = [
    limits.total !== false && timeout({ total: limits.total }),
    standing && (fallback(standing.stages, { ...standing, ...after }) as Interceptor),
    options.contentFilter && (contentFilterRetry(options.contentFilter) as Interceptor),
    ledger && countAttempts,
    options.hedge && (hedge({ ...(options.retry !== false && !options.hedge.stages?.length && { when: never }), ...options.hedge, isContent }) as Interceptor),
    options.retry !== false && retry({ when: worthAnother, ...defined(options.retry ?? {}), ...after }),
    made(options.breaker, (settings) => breaker({ name: provider, isContent, ...settings })),
    made(options.concurrency, concurrency),
    made(options.rateLimit, rateLimit),
    (limits.first !== false || limits.idle !== false) && timeout({ ...(limits.first !== false && { first: limits.first }), ...(limits.idle !== false && { idle: limits.idle }), isContent }),
    ledger?.record({ provider, model }),
  ];
  return intercept(stage, ...chain.filter((interceptor) => typeof interceptor === "function")) as Resilient<S, F, After>;
}

/** Where a retry is within a hedge, a failure has had its further attempts. */
const never = (): boolean => false;

const defaultLimits = { first: 120_000, idle: 60_000, total: false } as const satisfies TimeLimits;
const noLimits = { first: false, idle: false, total: false } as const satisfies TimeLimits;

/** The interceptor itself, or one made of its options. */
function made<Options extends object>(given: Options | Interceptor | false | undefined, make: (options: Options) => Interceptor): Interceptor | undefined {
  return typeof given === "function" ? given : given ? make(given) : undefined;
}
