/** A circuit breaker: calls that are not made while a provider is down. */
import { StageError, type AnyStage, type Interceptor, type Transform } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { Attempt, inBatches } from "@iftk/core/interceptors";
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleType, SamplingBreaker } from "cockatiel";
import { isContent as isContentOfParts } from "../is-content.js";

export type BreakerState = "closed" | "open" | "half-open";

export interface BreakerOptions {
  /** What it guards, for messages: the provider. */
  readonly name?: string | undefined;
  /** Failures in a row that open it; 5 by default. */
  readonly failures?: number;
  /** Opens it by the share of calls that fail, in place of failures in a row. */
  readonly rate?: {
    /** Above this share of failures it opens; between 0 and 1, both excluded. */
    readonly above: number;
    /** Milliseconds that are looked at. */
    readonly window: number;
    /** Calls in the window below which it stays closed. */
    readonly calls: number;
  };
  /** Milliseconds for which it stays open before one call is let through on trial; 30,000 by default. */
  readonly openFor?: number;
  /** Whether an error tells that the provider is down; a StageError `unavailable` or `deadline_exceeded` does by default. */
  when?(error: unknown): boolean;
  /** Whether a value shows that the provider works; `isContent` of `@iftk/inference` by default. */
  isContent?(value: unknown): boolean;
  /** Called when it changes. */
  onChange?(state: BreakerState): void;
}

/** An interceptor that says how its circuit stands. */
export interface Breaker extends Interceptor {
  readonly state: BreakerState;
}

/** The reason of the error of a call that was not made. */
export const circuitOpen = "circuit-open";

const states: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
};

/** Milliseconds after which a trial that nobody goes on with counts as given up. */
const longestTrial = 600_000;

/** How a call went, for the circuit: a call that was given up says nothing. */
type Outcome = "success" | "failure" | "nothing";

/** Tells the circuit, which needs an error, of a failure. */
class Failure extends Error {}

const isDown = (error: unknown): boolean => StageError.is(error) && (error.code === "unavailable" || error.code === "deadline_exceeded");

/**
 * Refuses calls at once while a provider is down: with StageError `unavailable`, reason `circuit-open`, and `retryAfter` for when a call is let through again.
 *
 * One breaker is shared by all stages of a provider. It opens after failures of the kind that `when` says; then, after a time,
 * one call is let through. That closes it with its first content, or with an error that is not of the kind, and opens it again
 * when it fails or is given up before. A call that is given up says nothing else, unless its deadline passed without content.
 *
 * @throws StageError `invalid_argument` for options out of range.
 */
export function breaker(options: BreakerOptions = {}): Breaker {
  const { name, rate, when = isDown, isContent = isContentOfParts } = options;
  const openFor = requireNumber("breaker: openFor", options.openFor ?? 30_000, 1, "whole");
  const failures = requireNumber("breaker: failures", options.failures ?? 5, 1, "whole");
  if (rate && !(rate.above > 0 && rate.above < 1)) throw new StageError("invalid_argument", `breaker: rate.above must be a number between 0 and 1, not ${String(rate.above)}`);
  const policy = circuitBreaker(handleType(Failure), {
    halfOpenAfter: openFor,
    breaker: rate
      ? new SamplingBreaker({ threshold: rate.above, duration: requireNumber("breaker: rate.window", rate.window, 1, "whole"), minimumRps: (requireNumber("breaker: rate.calls", rate.calls, 1, "whole") * 1000) / rate.window })
      : new ConsecutiveBreaker(failures),
  });
  let openedAt = 0;
  let triedAt = 0;
  policy.onBreak(() => void (openedAt = Date.now()));
  policy.onStateChange((state) => options.onChange?.(states[state]));

  const refusal = (stage: AnyStage, retryAfter?: number): StageError =>
    new StageError("unavailable", `${stage.label}: ${name ?? "what it calls"} has failed repeatedly and is not called for now`, { reason: circuitOpen, stage: stage.label, retryAfter });

  let giveUpTrial: (() => void) | undefined;
  /** Lets a call in, or throws; what it gives is told the outcome, and resolves when the circuit knows. */
  const enter = (stage: AnyStage): { readonly isTrial: boolean; readonly leave: (outcome: Outcome) => Promise<void> } => {
    if (policy.state === CircuitState.HalfOpen) {
      if (Date.now() - triedAt > longestTrial) giveUpTrial?.();
      throw refusal(stage);
    }
    const isTrial = policy.state === CircuitState.Open;
    let settle: ((outcome: Outcome) => void) | undefined;
    const told = policy.execute(() => new Promise<void>((resolve, reject) => {
      settle = (outcome) => {
        if (outcome === "success") resolve();
        else reject(outcome === "failure" || isTrial ? new Failure() : new Error(outcome));
      };
    })).catch(() => {});
    if (!settle) throw refusal(stage, Math.max(1, openedAt + openFor - Date.now()));
    const leave = (outcome: Outcome): Promise<void> => {
      settle?.(outcome);
      return told;
    };
    if (isTrial) {
      triedAt = Date.now();
      giveUpTrial = () => void leave("failure");
    }
    return { isTrial, leave };
  };

  const guard = function breaker<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> {
    return inBatches<In, Out>(async function* breaker(input, call) {
      const { isTrial, leave } = enter(stage);
      const run = new Attempt<Out>(next, input, call);
      let outcome: Outcome = "nothing";
      try {
        for (let batch = await run.read(); batch; batch = await run.read()) {
          if (outcome === "nothing" && batch.some(isContent)) {
            outcome = "success";
            if (isTrial) await leave(outcome);
          }
          yield batch;
        }
        outcome = "success";
      } catch (error) {
        const isFailure = when(error);
        const wasTold = isTrial && outcome === "success";
        if (!call.signal.aborted) outcome = isFailure ? "failure" : isTrial ? "success" : "nothing";
        else if (isFailure && outcome === "nothing") outcome = "failure";
        if (wasTold && outcome === "failure" && policy.state === CircuitState.Closed) await policy.execute(() => Promise.reject(new Failure())).catch(() => {});
        throw error;
      } finally {
        await leave(outcome);
        await run.close();
      }
    });
  };
  return Object.defineProperty(guard, "state", { get: () => states[policy.state] }) as Breaker;
}
