/** Stages that fail now and then, as a test says. */
import { outputStream, StageError, type AnyStage, type OutputStream } from "@iftk/core";
import { callInMode, inMode } from "./in-mode.js";
import { feed } from "./sources.js";

/** A stage that says how often it was called. */
export type Flaky<S> = S & { readonly calls: number };

export interface FlakyOptions {
  /** Values that a call gives before it fails; 0 by default. */
  readonly after?: number;
}

/**
 * The stage, or a stage of the values, which fails on the calls that are named and works on all others.
 *
 * Failures are a pattern with a character for each call, `#` where it fails and any other where it works ("##."), or a
 * list with an error for each call, undefined where it works. A call is one that is read; a pattern fails with StageError `unavailable`.
 */
export function flaky<S extends AnyStage>(failures: string | readonly unknown[], stage: S, options?: FlakyOptions): Flaky<S>;
export function flaky<T>(failures: string | readonly unknown[], values: readonly T[], options?: FlakyOptions): Flaky<OutputStream<unknown, T>>;
export function flaky(failures: string | readonly unknown[], target: AnyStage | readonly unknown[], options: FlakyOptions = {}): Flaky<AnyStage> {
  const stage: AnyStage = isStage(target) ? target : outputStream(() => feed(...target));
  const { after = 0 } = options;
  let calls = 0;
  const stageThatFails = inMode(stage.mode, `flaky(${stage.label})`, async function* (input, call) {
    const number = calls++;
    const failure = failureOf(failures, number);
    let given = 0;
    if (failure && after === 0) throw failure.error;
    for await (const value of callInMode(stage, input, call)) {
      yield value;
      if (failure && ++given >= after) throw failure.error;
    }
    if (failure) throw failure.error;
  });
  return Object.defineProperty(stageThatFails, "calls", { get: () => calls }) as Flaky<AnyStage>;
}

const isStage = (target: AnyStage | readonly unknown[]): target is AnyStage => typeof target === "function";

function failureOf(failures: string | readonly unknown[], call: number): { readonly error: unknown } | undefined {
  if (typeof failures === "string") return failures[call] === "#" ? { error: new StageError("unavailable", `flaky: call ${call + 1} fails`) } : undefined;
  return failures[call] === undefined ? undefined : { error: failures[call] };
}
