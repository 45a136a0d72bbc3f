/** Programs over a session, and thereby stages. */
import { bidi, StageError, type Bidi, type Call, type Stream } from "@iftk/core";
import { RunningInferlet, type Run } from "./running-inferlet.js";
import type { Session } from "./session.js";

/** What a run of a program gives: each message it sends, then, once and last, the value it returns. */
export type Outcome<Out = unknown, Value = unknown> = { readonly type: "sent"; readonly message: Out } | { readonly type: "returned"; readonly value: Value };

/** A program over a session: as a stage it takes what the program receives and gives what it sends. */
export interface Inferlet<In = never, Out = unknown, Value = unknown> extends Bidi<In, Out> {
  /** The same program as a stage that also gives the value which the program returns. */
  readonly outcomes: Bidi<In, Outcome<Out, Value>>;
}

/** Bounds of a program. */
export interface InferletOptions {
  /** Bytes of a file that it may send or receive; 32 MiB by default. */
  readonly maxFileBytes?: number;
}

/**
 * Makes a stage of a program. It runs when its first message is asked for, goes on when the next one is, and ends when the program
 * returns or throws; a program that is left finds its signal aborted and what it awaits of the session rejected.
 *
 * One that takes arguments is a function that gives an inferlet: `(args: Args) => inferlet(async (session) => ...)`.
 *
 * @throws StageError `invalid_argument` for a bound that makes no sense.
 */
export function inferlet<In = unknown, Out = unknown, Value = void>(program: (session: Session<In, Out>) => Promise<Value> | Value, options: InferletOptions = {}): Inferlet<In, Out, Value> {
  const { maxFileBytes = 32 * 2 ** 20 } = options;
  if (!(maxFileBytes >= 0)) throw new StageError("invalid_argument", `inferlet: maxFileBytes must be a number from 0 on, not ${String(maxFileBytes)}`);
  const sent = { program: program as unknown as Run<unknown>["program"], maxFileBytes };
  const label = program.name || "inferlet";
  const stage = running<In, Out>(label, { ...sent, asSent: (message) => message as Out });
  const outcomes = running<In, Outcome<Out, Value>>(label, {
    ...sent,
    asSent: (message) => ({ type: "sent", message: message as Out }),
    asReturned: (value) => ({ type: "returned", value: value as Value }),
  });
  return Object.assign(stage, { outcomes });
}

function running<In, T>(label: string, run: Run<T>): Bidi<In, T> {
  const start = (input: Stream<In>, call: Call): Stream<T> => ({ [Symbol.asyncIterator]: () => new RunningInferlet(run, input, call) });
  return bidi(Object.defineProperty(start, "name", { value: label }));
}

/** Whether a value is a program, rather than a function that gives one. */
export function isInferlet(value: unknown): value is Inferlet<unknown> {
  return typeof value === "function" && "outcomes" in value;
}

/**
 * Reads the outcomes of a run to their end and gives the value.
 *
 * @throws what the run throws; StageError `unavailable` with reason `truncated` when it ends without a value.
 */
export async function valueOf<Value>(outcomes: Stream<Outcome<unknown, Value>>, onSend?: (message: unknown) => unknown): Promise<Value> {
  let returned: { readonly value: Value } | undefined;
  for await (const outcome of outcomes) {
    if (outcome.type === "returned") returned = outcome;
    else await onSend?.(outcome.message);
  }
  if (!returned) throw new StageError("unavailable", "the program ended without a value", { reason: "truncated" });
  return returned.value;
}
