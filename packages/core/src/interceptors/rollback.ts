/** Marks that take back output, for failover after the first output. */
import { StageError } from "../error.js";
import { inputStream, type InputStream } from "../stage.js";
import type { Stream } from "../stream.js";

/** Takes back the last values of a stream: as many as `count` says, of those that are not taken back yet. */
export interface Rollback {
  readonly type: "rollback";
  readonly count: number;
}

/** A mark that takes back so many values. */
export function rollback(count: number): Rollback {
  return { type: "rollback", count };
}

/** Whether a value is such a mark; marks are plain, so that they cross a wire. */
export function isRollback(value: unknown): value is Rollback {
  return typeof value === "object" && value !== null && (value as Rollback).type === "rollback" && Number.isInteger((value as Rollback).count);
}

/**
 * Adds a value to the list, or takes back from its end what a mark says.
 *
 * @throws StageError `invalid_argument` when a mark takes back more than the list holds: something between changed the number of values.
 */
export function retract<T>(values: T[], value: T | Rollback): void {
  if (!isRollback(value)) values.push(value);
  else if (value.count < 0 || value.count > values.length) throw new StageError("invalid_argument", `rollback: ${value.count} values are to be taken back, of ${values.length}; apply marks before a stage that changes the number of values`);
  else values.length -= value.count;
}

/** How many values are left of what was given, counting on from before. */
export function countOn(before: number, values: readonly unknown[]): number {
  return values.reduce<number>((count, value) => count + (isRollback(value) ? -value.count : 1), before);
}

/** A stage that gives all values of a stream, without those that were taken back and without marks. */
export function applyRollbacks<T>(): InputStream<T | Rollback, Exclude<T, Rollback>[]> {
  return inputStream(async function applyRollbacks(input: Stream<T | Rollback>) {
    const values: Exclude<T, Rollback>[] = [];
    for await (const value of input) retract(values, value as Exclude<T, Rollback> | Rollback);
    return values;
  });
}
