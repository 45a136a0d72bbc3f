/** Stages that stand in for one that fails. */
import { StageError } from "../error.js";
import { runOf, type Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import type { AnyStage, InputOf, OutputOf } from "../stage.js";
import { Given, requireAfterOutput, type AfterOutput, type AfterOutputOptions, type Continuation, type NextAttempt } from "./after-output.js";
import { Attempt, inBatches, replay } from "./attempt.js";
import type { Rollback } from "./rollback.js";

/** What is told of a stage that failed when another takes its place. */
export interface Failover {
  readonly stage: string;
  readonly error: unknown;
  readonly next: string;
  /** What becomes of the output that was given; undefined where there was none. */
  readonly afterOutput: "replace" | "continue" | undefined;
}

export interface FallbackOptions<After extends AfterOutput = "before-first" | "replace"> extends AfterOutputOptions<After> {
  /** Whether the next stage is to be tried after an error; after any by default. */
  when?(error: unknown): boolean;
  /** Called when a stage has failed and another takes its place. */
  onFallback?(failover: Failover): void;
}

/** What every one of the stages takes. */
export type InputOfAll<S> = (S extends unknown ? (input: InputOf<S>) => void : never) extends (input: infer In) => void ? In : never;

/** An interceptor that may run these stages in place of the one it is around. */
export type Standing<S extends AnyStage, Added = never, Taken = unknown, Given = unknown> = Interceptor<OutputOf<S> | Added, InputOfAll<S> & Taken, Given>;

/**
 * Tries the stages one after another when the one it is around fails before its first output, or as `afterOutput` says.
 *
 * An error that no other stage is tried for is told untouched: also that of a stage that has begun to read its stream.
 * When all have failed, a StageError has the errors of all as an AggregateError for its cause; its code is `unavailable`
 * when one of them may be tried again, else that of the last.
 *
 * @throws StageError `invalid_argument` for a stage of another mode, and for `"replace"` and `"continue"` as `retry` does.
 */
export function fallback<S extends AnyStage>(stages: S | readonly S[], options?: FallbackOptions<"before-first">): Standing<S>;
export function fallback<S extends AnyStage, In, Out>(stages: S | readonly S[], options: FallbackOptions<"continue"> & Continuation<In, Out>): Standing<S, never, In, Out>;
export function fallback<S extends AnyStage>(stages: S | readonly S[], options: FallbackOptions): Standing<S, Rollback>;
export function fallback(stages: AnyStage | readonly AnyStage[], options: FallbackOptions<AfterOutput> = {}): Standing<AnyStage> {
  const { when = () => true } = options;
  const others: readonly AnyStage[] = typeof stages === "function" ? [stages] : stages;
  return function fallback<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, unknown> {
    requireAfterOutput("fallback", options, stage);
    const all = [stage, ...others];
    const runs = [next, ...others.map((other) => standIn<In, Out>("fallback", stage, other))];
    return inBatches<In, Out | Rollback>(async function* fallback(input, call) {
      const inputs = await replay(input, stage);
      const given = new Given<Out>(options, inputs);
      const errors: unknown[] = [];
      let following: NextAttempt | undefined;
      for (const [index, run] of runs.entries()) {
        const attempt = new Attempt<Out>(run, following?.input ?? inputs.again(), call);
        try {
          for (let batch = await attempt.read(); batch; batch = await attempt.read()) {
            given.add(batch);
            yield batch;
          }
          return;
        } catch (error) {
          following = call.signal.aborted || inputs.isSpent || !when(error) ? undefined : given.next();
          if (!following) throw error;
          errors.push(error);
          const other = all[index + 1];
          if (!other) throw allFailed(stage, errors);
          options.onFallback?.({ stage: all[index]?.label ?? "", error, next: other.label, afterOutput: following.afterOutput });
        } finally {
          await attempt.close();
        }
        if (following.marks.length > 0) yield following.marks;
      }
    });
  };
}

/** The run of a stage that may stand in for another. */
export function standIn<In, Out>(name: string, stage: AnyStage, other: AnyStage): Transform<In, Out> {
  const run = runOf<In, Out>(other);
  if (other.mode !== stage.mode) throw new StageError("invalid_argument", `${name}: ${other.label} is ${other.mode} and cannot stand in for ${stage.label}, which is ${stage.mode}`);
  return run;
}

/** The error itself where there is one; else one that carries all. */
export function allFailed(stage: AnyStage, errors: readonly unknown[]): unknown {
  const last = errors.at(-1);
  if (errors.length < 2) return last;
  const known = errors.map((error) => StageError.from(error));
  const retryable = known.filter((error) => error.retryable);
  const waits = retryable.map((error) => error.retryAfter ?? 0);
  const { code, message } = StageError.from(last);
  return new StageError(waits.length > 0 ? "unavailable" : code, `${stage.label}: all ${errors.length} attempts failed, the last with: ${message}`, {
    stage: stage.label,
    retryAfter: waits.length > 0 ? Math.min(...waits) || undefined : undefined,
    cause: new AggregateError(errors),
  });
}
