/** A check of one law, and what the checks have in common. */
import type { Stream } from "@iftk/core";
import type { LawName } from "./law.js";
import type { Trial } from "./law-subject.js";
import { describeOutcome, isRejectionWith, settle, type Outcome } from "./settle.js";
import { turns } from "./signals.js";
import type { Tracked } from "./sources.js";

/** A check of one law. */
export interface Check {
  readonly law: LawName;
  /** What it tries, as a sentence. */
  readonly sentence: string;
  /** Why it cannot be tried on this subject; undefined when it can. */
  readonly hindrance: (trial: Trial) => string | undefined;
  /** Rejects with an error that says how the law is broken. */
  readonly holds: (trial: Trial) => Promise<void>;
}

/** Turns of the event loop that tidying up after a check may take. */
const patienceOfTidying = 5;

export const anySubject = (): undefined => undefined;
export const ifTakesStream = ({ takesStream }: Trial): string | undefined => (takesStream ? undefined : "it takes one value");
export const ifGivesStream = ({ givesStream }: Trial): string | undefined => (givesStream ? undefined : "it gives one value");
export const ifBothStreams = (trial: Trial): string | undefined => ifTakesStream(trial) ?? ifGivesStream(trial);
export const ifCanHang = ({ canHang }: Trial): string | undefined => (canHang ? undefined : "no stage of its kind that never answers is given (hanging)");

/** Throws how the law is broken unless the condition holds. */
export function demand(condition: boolean, expected: string, happened: string): asserts condition {
  if (!condition) throw new Error(`expected ${expected}; ${happened}`);
}

/** What the promise gives, within the patience of the subject. */
export async function answerTo<T>(trial: Trial, promise: T | PromiseLike<T>, what: string): Promise<T> {
  const outcome = await settle(promise, trial.patience);
  demand(outcome !== "pending" && "value" in outcome, `${what} to be answered`, describeOutcome(outcome));
  return outcome.value;
}

/** All values of a stream, read by a plain loop, which adds no fairness of its own. */
export async function readAll(stream: Stream<unknown>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** All values of a stream, or what else came of reading it, within the patience of the subject. */
export function outcomeOf(trial: Trial, stream: Stream<unknown>): Promise<Outcome<unknown[]>> {
  return settle(readAll(stream), trial.patience);
}

/** Demands a rejection with this very reason. */
export function demandRejection(outcome: Outcome<unknown>, reason: unknown, what: string): void {
  demand(isRejectionWith(outcome, reason), `${what} to be rejected with the reason of the abort`, describeOutcome(outcome));
}

/** Demands that the source was opened no more often than it was closed. */
export function demandClosed(source: Tracked<unknown>, when: string): void {
  demand(source.opened <= source.closed, `the source to be closed ${when}`, `it was opened ${source.opened} times and closed ${source.closed} times`);
}

/** Leaves a stream; what comes of it is told within few turns of the event loop. */
export function leave(iterator: AsyncIterator<unknown>, count: number): Promise<Outcome<unknown>> {
  return settle(iterator.return ? iterator.return() : Promise.reject(new Error("the iterator has no return()")), count);
}

/** Leaves a stream at the end of a check; what comes of it is another check's matter. */
export async function tidy(iterator: AsyncIterator<unknown>): Promise<void> {
  if (iterator.return) await settle(iterator.return(), patienceOfTidying);
}

/** The read after the end. */
export async function demandEnded(trial: Trial, iterator: AsyncIterator<unknown>, after: string): Promise<void> {
  const outcome = await settle(iterator.next(), trial.patience);
  demand(outcome !== "pending" && "value" in outcome && outcome.value.done === true, `a read after ${after} to answer that the stream is done`, describeOutcome(outcome));
}

/** Demands that what calls acquired is given back; where the subject cannot say so, nothing. */
export async function demandReleased({ isReleased, patience }: Trial): Promise<void> {
  if (!isReleased) return;
  for (let turn = 0; turn < patience && !(await isReleased()); turn++) await turns();
  demand(await isReleased(), "all that the call acquired to be given back", `after ${patience} turns of the event loop isReleased still gives false`);
}
