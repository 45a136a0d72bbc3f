/** A task under trial: its calls, its inputs in many cuts, and what is expected of them. */
import { collect, StageError, takesValue, yieldsValue, type AnyStage, type Mode, type Stream } from "@iftk/core";
import { flavourOf, implement, type AnyImplementation, type AnyTask, type Implementation, type TaskTypes } from "@iftk/core/task";
import { isSame } from "./same.js";
import { cutAtRandom, seeded, type SeededRandom, type Sliceable } from "./seeded.js";
import { settle, show, type Outcome } from "./settle.js";
import { feed } from "./sources.js";
import type { TaskSubject } from "./task-subject.js";

/** The four modes, in the order of the matrix. */
export const modes: readonly Mode[] = ["unary", "output-stream", "input-stream", "bidi"];

/** A subject as the checks see it. */
export interface TaskTrial {
  readonly task: AnyTask;
  readonly wholes: readonly unknown[];
  readonly patience: number;
  readonly seed: number;
  readonly rounds: number;
  readonly readsAhead: number;
  readonly isSame: (one: unknown, other: unknown) => boolean;
  readonly implementation: AnyImplementation | undefined;
  readonly isServed: boolean;
  /** What `unary` of the implementation gives in this process. */
  readonly expected: (whole: unknown) => Promise<unknown>;
  readonly partsOf: (whole: unknown) => Promise<readonly unknown[]>;
  readonly outputPartsOf: (whole: unknown) => Promise<readonly unknown[]>;
  /** The whole as `splitInput` cuts it, then cut at random so many times. */
  readonly cuts: (whole: unknown, rounds: number) => AsyncIterable<readonly unknown[]>;
  /** One flavour alone: the given function, or else the implementation's own. */
  readonly only: (mode: Mode, flavour?: unknown) => AnyImplementation;
  /** With the parameters of the subject. */
  readonly configured: (implementation: AnyImplementation) => AnyImplementation;
  /** Has the implementation served while the body runs, with the parameters of the subject. */
  readonly serving: <R>(implementation: AnyImplementation, body: (served: AnyImplementation) => Promise<R>) => Promise<R>;
}

/** The subject as the checks see it. */
export function taskTrialOf<T extends TaskTypes>(subject: TaskSubject<T>): TaskTrial {
  const { wholes, seed = 1, patience = 1000, rounds = 25 } = subject;
  if (wholes.length === 0) throw new StageError("invalid_argument", "taskLaws: give at least one whole");
  const task = subject.task as AnyTask;
  const configured = (implementation: AnyImplementation): AnyImplementation => ("parameters" in subject ? implementation.with(subject.parameters as never) : implementation);
  const single = (mode: Mode, flavour: unknown): AnyImplementation => implement(subject.task, { [flavourNames[mode]]: flavour } as never);
  const reference = subject.implementation && configured(subject.implementation);
  const expected = remembered(async (whole) => callIn(reference?.unary as AnyStage, whole));
  const partsOf = remembered((whole) => collect(callIn(task.splitInput, whole) as Stream<unknown>));

  return {
    task,
    wholes,
    patience,
    seed,
    rounds,
    readsAhead: subject.readsAhead ?? 0,
    isSame: subject.isSame ?? isSame,
    implementation: subject.implementation,
    isServed: subject.serve !== undefined,
    expected,
    partsOf,
    outputPartsOf: remembered(async (whole) => collect(callIn(task.splitOutput, await expected(whole)) as Stream<unknown>)),
    async *cuts(whole, rounds) {
      const random = seeded(seed);
      const parts = await partsOf(whole);
      yield parts;
      for (let round = 0; round < rounds; round++) yield subject.cut?.(whole, random) ?? (await cutAnew(task, parts, random, subject.serve !== undefined));
    },
    only: (mode, flavour) => single(mode, flavour ?? handedOn(task, flavourOf(reference as AnyImplementation, mode), () => parametersOf(configured(single("bidi", tellParameters))))),
    configured,
    async serving(implementation, body) {
      if (!subject.serve) return body(configured(implementation));
      const served = await subject.serve(implementation as Implementation<T>);
      try {
        return await body(configured(served));
      } finally {
        await served[Symbol.asyncDispose]?.();
      }
    },
  };
}

/** The properties of an implementation that hold its flavours. */
const flavourNames: Readonly<Record<Mode, "unary" | "outputStream" | "inputStream" | "bidi">> = { unary: "unary", "output-stream": "outputStream", "input-stream": "inputStream", bidi: "bidi" };

/** Calls a stage with a value or a stream, as its mode has it. */
export function callIn(stage: AnyStage, input: unknown, signal?: AbortSignal): unknown {
  return (stage as unknown as (input: unknown, call?: object) => unknown)(input, signal && { signal });
}

/** What a flavour makes of an input in parts, or whole, joined. */
export function joinedBy({ task, patience }: TaskTrial, implementation: AnyImplementation, mode: Mode, whole: unknown, parts: readonly unknown[]): Promise<Outcome<unknown>> {
  const result = callIn(flavourOf(implementation, mode), takesValue(mode) ? whole : feed(...parts));
  return settle(yieldsValue(mode) ? result : callIn(task.joinOutput, result), patience);
}

/** The flavour, which demands that the parameters of the subject reach it. */
function handedOn(task: AnyTask, flavour: AnyStage, expected: () => Promise<unknown>): unknown {
  if (!task.parameters) return flavour;
  const checked = async (call: { readonly parameters: unknown; readonly signal: AbortSignal }): Promise<AbortSignal> => {
    const parameters = await expected();
    if (!isSame(call.parameters, parameters)) throw new StageError("internal", `the parameters ${show(parameters)} did not reach the flavour; it got ${show(call.parameters)}`);
    return call.signal;
  };
  if (yieldsValue(flavour.mode)) return async (input: unknown, call: never) => callIn(flavour, input, await checked(call));
  return async function* (input: unknown, call: never) {
    yield* callIn(flavour, input, await checked(call)) as Stream<unknown>;
  };
}

async function* tellParameters(_: unknown, call: { readonly parameters: unknown }): Stream<unknown> {
  yield await Promise.resolve(call.parameters);
}

/** The parameters as a flavour gets them in this process, from an implementation that tells them. */
async function parametersOf(telling: AnyImplementation): Promise<unknown> {
  const [parameters] = await collect(callIn(telling.bidi, feed()) as Stream<unknown>);
  return parameters;
}

/** The same parts together, cut at other places where that is known. Text that is to cross a wire is cut between characters: a wire carries no half ones. */
async function cutAnew(task: AnyTask, parts: readonly unknown[], random: SeededRandom, betweenCharacters: boolean): Promise<readonly unknown[]> {
  const all = parts.length === 0 ? undefined : parts.reduce(glued);
  if (!isSliceable(all) || (await isWholeAtOnce(task, parts[0]))) return parts;
  return typeof all === "string" && betweenCharacters ? cutAtRandom(Array.from(all), random).map((characters) => characters.join("")) : cutAtRandom(all, random);
}

/** Whether an input is a stream of one: its parts are of the kind of the whole, and a second one is refused. */
async function isWholeAtOnce({ input, joinInput }: AnyTask, part: unknown): Promise<boolean> {
  if (input.part !== input.whole) return false;
  const outcome = await settle(callIn(joinInput, feed(part, part)), 1);
  return outcome !== "pending" && "error" in outcome && StageError.is(outcome.error) && outcome.error.code === "invalid_argument";
}

const isSliceable = (value: unknown): value is Sliceable => typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array;

/** Two neighbouring parts in one, or undefined where it is not known how. */
export function glued(one: unknown, other: unknown): unknown {
  if (typeof one === "string" && typeof other === "string") return one + other;
  if (Array.isArray(one) && Array.isArray(other)) return [...(one as unknown[]), ...(other as unknown[])];
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Uint8Array.of(...one, ...other);
  return undefined;
}

function remembered<R>(make: (whole: unknown) => Promise<R>): (whole: unknown) => Promise<R> {
  const made = new Map<unknown, Promise<R>>();
  return (whole) => {
    const found = made.get(whole) ?? make(whole);
    made.set(whole, found);
    return found;
  };
}
