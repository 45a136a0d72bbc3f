/** How a stage runs. Only this package knows: to everyone else a run is a plain Stream. */
import { StageError } from "./error.js";
import { Joint } from "./joint.js";
import { Scope } from "./scope.js";
import type { Call, Stream } from "./stream.js";

/** The one shape underneath all modes. */
export type Transform<In, Out> = (input: Stream<In>, call: Call) => Stream<Out>;

const steps = new WeakMap<object, readonly Transform<never, unknown>[]>();

/** Remembers what a stage does, outside the stage. */
export function remember(stage: object, transforms: readonly Transform<never, unknown>[]): void {
  steps.set(stage, transforms);
}

/** The transforms that a stage runs one after another. */
export function stepsOf(stage: object): readonly Transform<never, unknown>[] {
  const found = steps.get(stage);
  if (!found) throw new StageError("invalid_argument", `${typeof stage === "function" ? (stage as { name: string }).name || "a function" : "a value"} is not a stage: declare it with unary, outputStream, inputStream or bidi`);
  return found;
}

/** Runs transforms as one call: nothing happens before the first read. */
export function start<Out>(transforms: readonly Transform<never, unknown>[], input: Stream<unknown>, signal: AbortSignal | undefined): Stream<Out> {
  const scope = new Scope(signal);
  let joint = new Joint<unknown>(scope, () => input);
  for (const transform of transforms) {
    const before = joint;
    joint = new Joint<unknown>(scope, () => transform(before as Stream<never>, scope), before);
  }
  return scope.endAt(joint) as Stream<Out>;
}

/** The single value of a stream that must hold exactly one. */
export async function only<T>(stream: Stream<T>, label: string): Promise<T> {
  let found: { readonly value: T } | undefined;
  for await (const value of stream) {
    if (found) throw new StageError("invalid_argument", `${label}: expected one value, got a second; use each(stage), or join the stream first`);
    found = { value };
  }
  if (!found) throw new StageError("invalid_argument", `${label}: expected one value, got an empty stream`);
  return found.value;
}
