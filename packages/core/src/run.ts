/** How a stage runs. Only this package knows: to everyone else a run is a plain Stream. */
import { StageError } from "./error.js";
import { Segment, type Fused } from "./fused.js";
import { Joint } from "./joint.js";
import { ready, type ReadyReader, type ReadyStream } from "./ready.js";
import { Scope } from "./scope.js";
import type { Call, Stream } from "./stream.js";

/** The one shape underneath all modes. */
export type Transform<In, Out> = (input: Stream<In>, call: Call) => Stream<Out>;

/** What a stage does: something that fuses with its neighbours, or a function from stream to stream. */
export type Step = Fused | Transform<never, unknown>;

/** What runs between two joints: a transform, then the steps that are fused after it. */
interface Part {
  readonly transform: Transform<never, unknown> | undefined;
  readonly segment: Segment;
}

const steps = new WeakMap<object, readonly Step[]>();
const notes = new WeakMap<object, string>();
const programs = new WeakMap<readonly Step[], readonly Part[]>();

/** Remembers what a stage does, and a word on it for people, outside the stage. */
export function remember(stage: object, of: readonly Step[], note = ""): void {
  steps.set(stage, of);
  if (note) notes.set(stage, note);
}

/** What was noted of a stage for people. */
export function noteOf(stage: object): string | undefined {
  return notes.get(stage);
}

/** The steps that a stage runs one after another. */
export function stepsOf(stage: object): readonly Step[] {
  const found = steps.get(stage);
  if (!found) throw new StageError("invalid_argument", `${typeof stage === "function" ? (stage as { name: string }).name || "a function" : "a value"} is not a stage: declare it with unary, outputStream, inputStream or bidi`);
  return found;
}

/** Cuts steps into parts, once for all runs. */
function programOf(of: readonly Step[]): readonly Part[] {
  let program = programs.get(of);
  if (!program) {
    const cuts = [-1, ...of.flatMap((step, index) => (typeof step === "function" ? [index] : []))];
    program = cuts.map((cut, index) => ({ transform: of[cut] as Transform<never, unknown> | undefined, segment: new Segment(of.slice(cut + 1, cuts[index + 1]) as Fused[]) }));
    programs.set(of, program);
  }
  return program;
}

/** Runs steps as one call over anything that can be read: nothing happens before the first read. */
export function start<Out>(of: readonly Step[], source: unknown, call: Partial<Call> = noCall): ReadyStream<Out> {
  const scope = new Scope(call);
  let before: Joint<unknown> | undefined;
  for (const { transform, segment } of programOf(of)) before = new Joint<unknown>(scope, before ? { transform, before } : { source }, segment);
  return (scope.last = before as Joint<Out>);
}

const noCall: Partial<Call> = {};

/** The stream as one that this package runs. */
export function toJoint<T>(stream: Stream<T>): Joint<T> {
  return stream instanceof Joint ? (stream as Joint<T>) : (start<T>(noSteps, stream) as Joint<T>);
}

/** A run that hands on what it reads. */
export const noSteps: readonly never[] = [];

const noStages = new Segment(noSteps);

/**
 * Makes a stream of a reader, opened by the first read. Its one consumer may read it in batches or one by one.
 *
 * `onUnread` is called when the stream is left before the first read.
 */
export function readyStream<T>(open: () => ReadyReader<T>, onUnread?: () => unknown): ReadyStream<T> {
  const scope = new Scope(noCall);
  return (scope.last = new Joint<T>(scope, { source: { [ready]: open }, onUnread }, noStages));
}

/** The single value of a stream that must hold exactly one. */
export async function only<T>(stream: Stream<T>, label: string): Promise<T> {
  let found: { readonly value: T } | undefined;
  await toJoint(stream).forEach((value) => {
    if (found) throw new StageError("invalid_argument", `${label}: expected one value, got a second; use each(stage), or join the stream first`);
    found = { value };
  });
  if (!found) throw new StageError("invalid_argument", `${label}: expected one value, got an empty stream`);
  return found.value;
}
