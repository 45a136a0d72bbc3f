/** A check of how an engine fails, and what the checks have in common. */
import { StageError, type StageErrorCode } from "@iftk/core";
import { demand } from "../check.js";
import { seeded } from "../seeded.js";
import { describeOutcome, show } from "../settle.js";
import type { Attempt, EngineTrial } from "./engine-trial.js";
import { isBeginningOf } from "./joined-parts.js";

/** A check of how an engine fails. */
export interface EngineCheck {
  /** What it tries, as a sentence. */
  readonly sentence: string;
  /** Whether it can be tried on this subject; always without it. */
  readonly applies?: (subject: { readonly hasEndMark: boolean; readonly givesStream: boolean; readonly hasKey: boolean }) => boolean;
  /** Rejects with an error that says what is wrong. */
  readonly holds: (trial: EngineTrial) => Promise<void>;
}

/** Tries each of these, and says at which one it is that an error is thrown. */
export async function atEach<T>(places: readonly T[], where: (place: T) => string, run: (place: T) => Promise<void>): Promise<void> {
  for (const place of places) {
    try {
      await run(place);
    } catch (error) {
      throw new Error(`${where(place)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

/** Which errors are right. */
export interface ErrorKind {
  readonly code: StageErrorCode;
  readonly reasons?: readonly string[];
}

/** Demands that the call failed with a StageError, of this kind where one is given, after a beginning of the whole answer and without a finish. */
export function demandFailure({ parts, error }: Attempt, whole: readonly unknown[], kind?: ErrorKind): StageError {
  const expected = ["StageError", ...(kind ? [kind.code] : []), ...(kind?.reasons ? ["with reason", kind.reasons.join(" or ")] : [])].join(" ");
  demand(StageError.is(error), expected, `${error === undefined ? "it ended well" : describeOutcome({ error })} after ${parts.length} parts`);
  demand(!kind || (error.code === kind.code && (!kind.reasons || kind.reasons.includes(String(error.reason)))), expected, `it was ${error.code} with reason ${error.reason}: ${error.message}`);
  demand(!parts.some(isFinish), "no finish before the error", "there is one");
  demand(isBeginningOf(parts, whole), "what came before the error to be a beginning of the whole answer", `it is ${show(parts)}`);
  return error;
}

/** Whether a part says that the answer is complete. */
export const isFinish = (part: unknown): boolean => typeof part === "object" && part !== null && (part as { type?: unknown }).type === "finish";

/** Places between the events of the body; at most so many, spread evenly. */
export function eventBoundaries(body: Uint8Array, atMost = 100): number[] {
  const text = Buffer.from(body).toString("latin1");
  const separator = /\r?\n\r?\n/.test(text) ? /\r?\n\r?\n/g : /\r?\n/g;
  const all = [...text.matchAll(separator)].map(({ index, 0: { length } }) => index + length).filter((place) => place < body.length);
  const step = Math.max(1, all.length / atMost);
  return Array.from({ length: Math.min(all.length, atMost) }, (_, index) => all[Math.floor(index * step)] as number);
}

/** So many places within the body, its beginning among them, the same on each run. */
export function randomPlaces(length: number, count: number, seed = 1): number[] {
  const random = seeded(seed);
  return [...new Set([0, ...Array.from({ length: count }, () => random.below(length)), length - 1])].sort((one, other) => one - other);
}
