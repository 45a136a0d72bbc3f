/** What the checks of a backend have in common. */
import { StageError, type StageErrorCode } from "@iftk/core";
import type { Backend } from "../backend.js";

/** A backend that the checks can be tried on. */
export interface BackendSubject {
  readonly name: string;
  /** Opens it anew, with at least these bounds where they are not given; each check closes what it opened. */
  readonly open: (options?: { readonly maximumSequences?: number; readonly contextSize?: number }) => Promise<Backend>;
  /** How far numbers that are the same by their meaning may be apart when they are computed in another way; 0 by default. */
  readonly tolerance?: number | undefined;
  /** A GGUF file of an adapter that changes what the model says; needed where the backend can use one. */
  readonly adapter?: Uint8Array | undefined;
}

/** One check on its way. */
export interface BackendTrial {
  readonly backend: Backend;
  readonly subject: BackendSubject;
}

/** A check, and whether it can be tried on a backend. */
export interface BackendCheck {
  /** What it tries, as a sentence. */
  readonly sentence: string;
  /** Bounds that the backend is opened with. */
  readonly bounds?: { readonly maximumSequences?: number; readonly contextSize?: number };
  /** Why it cannot be tried on this backend; undefined when it can. */
  readonly hindrance?: (trial: BackendTrial) => string | undefined;
  /** Rejects with an error that says what was expected and what happened. */
  readonly holds: (trial: BackendTrial) => Promise<void>;
}

/** Tokens that differ from their neighbours, the same for the same numbers. */
export function tokensOf({ vocabularySize }: Backend, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => (17 + 31 * (from + index)) % vocabularySize);
}

/** The logits after the tokens, in a sequence of their own. */
export async function logitsAfter(backend: Backend, tokens: readonly number[]): Promise<Float32Array> {
  const sequence = backend.openSequence();
  try {
    return (await sequence.forward(tokens)).slice();
  } finally {
    sequence.release();
  }
}

/** Throws unless the condition holds. */
export function demand(condition: boolean, expected: string, happened: string): asserts condition {
  if (!condition) throw new Error(`expected ${expected}; ${happened}`);
}

/** Throws unless the values are the same. */
export function demandSame(actual: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  demand(one === other, `${what} to be ${other}`, `it is ${one}`);
}

/** The greatest difference of two numbers in the same place; infinite for arrays of different lengths. */
export function distance(one: Float32Array | undefined, other: Float32Array | undefined): number {
  if (one === undefined || other === undefined || one.length !== other.length) return Infinity;
  return one.reduce((most, value, index) => Math.max(most, Number.isNaN(value) ? Infinity : Math.abs(value - (other[index] as number))), 0);
}

/** Throws unless the numbers are the same within the tolerance of the subject. */
export function demandClose({ subject: { tolerance = 0 } }: BackendTrial, actual: Float32Array | undefined, expected: Float32Array | undefined, what: string): void {
  const apart = distance(actual, expected);
  demand(apart <= tolerance, `${what}, within ${tolerance}`, `they are ${apart} apart`);
}

/** Throws unless the numbers differ by more than the tolerance. */
export function demandApart({ subject: { tolerance = 0 } }: BackendTrial, one: Float32Array | undefined, other: Float32Array | undefined, what: string): void {
  const apart = distance(one, other);
  demand(apart > tolerance, `${what} to differ by more than ${tolerance}`, `they are ${apart} apart`);
}

/** Throws unless the call throws or rejects with a StageError of this code, and of this reason where one is given. */
export async function demandRefusal(call: () => unknown, code: StageErrorCode, what: string, reason?: string): Promise<void> {
  const error = await failureOf(call);
  const isExpected = StageError.is(error) && error.code === code && (reason === undefined || error.reason === reason);
  demand(isExpected, `${what} to be refused as ${code}${reason === undefined ? "" : `, reason ${reason}`}`, StageError.is(error) ? `it was refused as ${error.code}, reason ${String(error.reason)}: ${error.message}` : `what came was ${String(error)}`);
}

/** What a call throws or rejects with; a text when it does not. */
export async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return "no error";
}

/** A promise that a check awaits later, or never when it is broken before. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
