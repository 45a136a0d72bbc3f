/** A second attempt beside a first that is slow to answer. */
import { StageError } from "../error.js";
import type { Transform } from "../run.js";
import { takesValue, type AnyStage } from "../stage.js";
import { Attempt, inBatches, isRetryable, replay } from "./attempt.js";
import type { Budget } from "./budget.js";
import { allFailed, standIn, type Standing } from "./fallback.js";
import { startTimer } from "./pause.js";
import { requireNumber } from "../require-number.js";

/** What is told of an attempt that another was quicker than. */
export interface Loser {
  /** Label of its stage. */
  readonly stage: string;
  /** Counted from 1, in the order in which they began. */
  readonly attempt: number;
  /** How long it ran. */
  readonly milliseconds: number;
  /** What it gave, none of it content. */
  readonly values: readonly unknown[];
  /** Why it failed, if it was not cancelled. */
  readonly error?: unknown;
}

export interface HedgeOptions<S extends AnyStage = never> {
  /** Milliseconds without content after which another attempt begins. */
  readonly after: number;
  /** Attempts in all; by default one for each stage, and two where there is but one. */
  readonly max?: number;
  /** Stages that are tried in turn beside the one that it is around; without any, that one is called again. */
  readonly stages?: readonly S[];
  /** Limits additional attempts over many calls. */
  readonly budget?: Budget;
  /** Whether an attempt that fails is followed by another at once; by default after any error where `stages` are given, else after a `retryable` StageError. */
  when?(error: unknown): boolean;
  /** Whether a value decides which attempt is used. Every value does by default. */
  isContent?(value: unknown): boolean;
  /** Called for each attempt that was paid for and not used. */
  onLoser?(loser: Loser): void;
}

/** The reason of the StageError with which the signal of an attempt fires when another answered first. */
export const hedgeLoser = "hedge-loser";

/** Values without content that an attempt may give before it counts as having answered. */
const longestLead = 64;

interface Contender<Out> {
  readonly attempt: Attempt<Out>;
  readonly stage: string;
  readonly began: number;
  readonly values: Out[];
  isDone: boolean;
  failure?: { readonly error: unknown };
}

/**
 * Starts another attempt when there is no content after a while, or at once when one fails, and uses the first that gives content.
 * The others are cancelled at that moment, with StageError `canceled`, reason `hedge-loser`. When all fail, the error is that of the only one, or carries all as `fallback`'s does.
 *
 * @throws StageError `invalid_argument` over a stage that takes a stream, which cannot be read twice, for stages of other modes, and for options out of range.
 */
export function hedge<S extends AnyStage = never>(options: HedgeOptions<S>): Standing<S> {
  const { budget, stages = [], isContent = () => true, when = stages.length > 0 ? () => true : isRetryable } = options;
  const after = requireNumber("hedge: after", options.after, 0);
  const max = requireNumber("hedge: max", options.max ?? Math.max(2, stages.length + 1), 1, "whole");

  return function hedge<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> {
    if (!takesValue(stage.mode)) throw new StageError("invalid_argument", `hedge: ${stage.label} takes a stream, which only one attempt can read`);
    const runs = [next, ...stages.map((other) => standIn<In, Out>("hedge", stage, other))];
    const labels = [stage, ...stages].map(({ label }) => label);

    return inBatches(async function* hedge(input, call) {
      const inputs = await replay(input, stage);
      const contenders: Contender<Out>[] = [];
      const errors: unknown[] = [];
      let winner: Contender<Out> | undefined;
      let open = 0;
      let stopTimer: (() => void) | undefined;
      let decide = (): void => {};
      const decided = new Promise<void>((resolve) => {
        decide = resolve;
      });

      const begin = (): void => {
        const turn = contenders.length % runs.length;
        const contender: Contender<Out> = { attempt: new Attempt(runs[turn] ?? next, inputs.again(), call), stage: labels[turn] ?? stage.label, began: Date.now(), values: [], isDone: false };
        contenders.push(contender);
        open++;
        void lead(contender);
        stopTimer?.();
        stopTimer = contenders.length < max ? startTimer(beginAnother, after) : undefined;
      };
      const beginAnother = (): boolean => {
        const may = contenders.length < max && budget?.spend() !== false;
        if (may) begin();
        return may;
      };
      const lead = async (contender: Contender<Out>): Promise<void> => {
        const { attempt, values } = contender;
        try {
          for (;;) {
            const batch = await attempt.read();
            if (winner) return;
            if (batch) values.push(...batch);
            else contender.isDone = true;
            if (batch && values.length < longestLead && !batch.some(isContent)) continue;
            winner = contender;
            return decide();
          }
        } catch (error) {
          if (winner) return;
          contender.failure = { error };
          errors.push(error);
          open--;
          if (!call.signal.aborted && when(error) && beginAnother()) return;
          if (open === 0) decide();
        }
      };
      const leave = (contender: Contender<Out>): Promise<void> => {
        const { attempt, stage: label, began, values, failure } = contender;
        options.onLoser?.({ stage: label, attempt: contenders.indexOf(contender) + 1, milliseconds: Date.now() - began, values, ...failure });
        attempt.cancel(new StageError("canceled", `${label}: another attempt answered first`, { reason: hedgeLoser }));
        return attempt.close();
      };

      const closing: Promise<void>[] = [];
      try {
        budget?.earn();
        begin();
        await decided;
        stopTimer?.();
        if (!winner) throw call.signal.aborted ? call.signal.reason : allFailed(stage, errors);
        const { attempt, values, isDone } = winner;
        for (const loser of contenders) if (loser !== winner) closing.push(leave(loser));
        yield values;
        if (!isDone) for (let batch = await attempt.read(); batch; batch = await attempt.read()) yield batch;
      } finally {
        stopTimer?.();
        await Promise.allSettled(closing);
        await winner?.attempt.close();
        if (!winner) await Promise.allSettled(contenders.map(({ attempt }) => attempt.close()));
      }
    });
  };
}
