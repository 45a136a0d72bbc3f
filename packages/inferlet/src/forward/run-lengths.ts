/** Masks written as the lengths of their runs. */
import { StageError } from "@iftk/core";

/**
 * The lengths of the runs of a mask, of which the first is of what is not set and may be empty: no, no, yes, yes,
 * yes, no is 2, 3, 1, and yes, yes, no is 0, 2, 1. Pie's BRLE.
 */
export type RunLengths = readonly number[];

/** The runs of a mask, whose entries are set where they are true or not 0. */
export function encodeRuns(mask: ArrayLike<number | boolean>): number[] {
  const runs: number[] = [];
  let isSet = false;
  let start = 0;
  for (let index = 0; index < mask.length; index++) {
    if (Boolean(mask[index]) === isSet) continue;
    runs.push(index - start);
    start = index;
    isSet = !isSet;
  }
  if (start < mask.length) runs.push(mask.length - start);
  return runs;
}

/**
 * The mask of the runs, 1 where it is set.
 *
 * @throws StageError `invalid_argument` for what is no length, and when they do not add up to `length`.
 */
export function decodeRuns(runs: RunLengths, length: number): Uint8Array {
  const mask = new Uint8Array(length);
  for (const { start, end } of setRuns(runs, length)) mask.fill(1, start, end);
  return mask;
}

/** The mask of a vocabulary out of runs, a bit per token. @throws as `decodeRuns` does. */
export function maskOfRuns(runs: RunLengths, vocabularySize: number): Int32Array {
  const bits = new Int32Array(Math.ceil(vocabularySize / 32));
  for (const { start, end } of setRuns(runs, vocabularySize)) {
    for (let token = start; token < end; token++) bits[token >> 5] = (bits[token >> 5] as number) | (1 << (token & 31));
  }
  return bits;
}

/** The runs that are set. */
function setRuns(runs: RunLengths, length: number): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let start = 0;
  for (const [index, run] of runs.entries()) {
    if (!Number.isSafeInteger(run) || run < 0) throw new StageError("invalid_argument", `runs: expected lengths from 0, got ${run} at ${index}`);
    if (index % 2 === 1 && run > 0) found.push({ start, end: start + run });
    start += run;
    if (start > length) break;
  }
  if (start !== length) throw new StageError("invalid_argument", `runs: expected lengths that add up to ${length}, got ${start > length ? "more" : start}`);
  return found;
}
