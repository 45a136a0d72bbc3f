/** What the laws can be tried on, and how each kind of it is called. */
import { bidi, takesValue, yieldsValue, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import type { LawName } from "./law.js";
import { feed, hang } from "./sources.js";

interface SubjectFacts {
  /** What it gives for the inputs; left out where it differs from run to run. */
  readonly output?: readonly unknown[];
  /** Holds once everything that calls acquired is given back; polled over turns of the event loop. */
  readonly isReleased?: () => boolean | Promise<boolean>;
  /** Inputs taken before they are asked for, at most: a named buffer or `ahead`; 0 by default. */
  readonly readsAhead?: number;
  /** Laws that it does not claim to keep, by its own word; they are reported as not applicable. */
  readonly without?: readonly LawName[];
  /** Turns of the event loop that an answer may take before it counts as hung; 1000 by default. */
  readonly patience?: number;
  /** Turns of the event loop within which leaving and an abort are through; 5 by default, more where another thread or process has its part in it. */
  readonly soon?: number;
}

/** A stage and what is needed to try the laws on it. */
export interface LawSubject extends SubjectFacts {
  /** A fresh stage; called once for each run. */
  readonly stage: () => AnyStage;
  /** Inputs; a stage that takes one value is given the first. A stage that gives a stream gives at least two values for them. */
  readonly input: readonly unknown[];
  /** For a stage that takes one value: one of its kind that never answers. */
  readonly hanging?: () => AnyStage;
  /** How its input is cut off: a stage whose provider ends without the terminal mark, or inputs that do. */
  readonly cut?: { readonly stage?: () => AnyStage; readonly input?: readonly unknown[] };
}

/** What any library makes of an async iterable, and what is needed to try the laws on it. */
export interface RunSubject<In = unknown> extends SubjectFacts {
  /** Makes the iterable to be tried; called once for each run. */
  readonly run: (source: AsyncIterable<In>, signal: AbortSignal | undefined) => AsyncIterable<unknown>;
  /** Inputs, for which it gives at least two values. */
  readonly input: readonly In[];
  /** Whether `run` passes the signal on; false is reported as a breach of the law of the signal. */
  readonly takesSignal?: boolean;
  /** Inputs that are cut off. */
  readonly cut?: { readonly input: readonly In[] } | undefined;
}

/** What the laws can be tried on: a stage, or a run over any async iterable. */
export type Subject<In = unknown> = LawSubject | RunSubject<In>;

/** What one run is given in place of the ordinary. */
export interface RunOptions {
  readonly source?: Stream<unknown>;
  readonly signal?: AbortSignal;
}

/** A subject as the checks see it: something that takes a stream, or one value, and gives a stream. */
export interface Trial extends SubjectFacts {
  readonly input: readonly unknown[];
  readonly readsAhead: number;
  readonly patience: number;
  readonly soon: number;
  readonly isStage: boolean;
  readonly takesStream: boolean;
  readonly givesStream: boolean;
  /** Whether a run that never answers can be made. */
  readonly canHang: boolean;
  readonly takesSignal: boolean;
  /** A run over the inputs; where one value is given, it is a stream of one, asked for by the first read. */
  readonly start: (options?: RunOptions) => Stream<unknown>;
  /** A run that never answers: over a source that hangs, or of the stage that does. */
  readonly startSilent: (options?: RunOptions) => Stream<unknown>;
  /** The stage within one written around it that hands its call on; undefined where it does not both take and give a stream. */
  readonly around: (() => Bidi<unknown, unknown>) | undefined;
  /** A run that is cut off; undefined where the subject does not say how. */
  readonly startCut: (() => Stream<unknown>) | undefined;
}

/** The subject as the checks see it. */
export function trialOf<In>(subject: Subject<In>): Trial {
  return "stage" in subject ? trialOfStage(subject) : trialOfRun(subject as RunSubject);
}

const factsOf = (subject: Subject): SubjectFacts & { readonly readsAhead: number; readonly patience: number; readonly soon: number } => ({
  ...subject,
  readsAhead: subject.readsAhead ?? 0,
  patience: subject.patience ?? 1000,
  soon: subject.soon ?? 5,
});

function trialOfRun(subject: RunSubject): Trial {
  const { input, run, cut } = subject;
  const start = ({ source = feed(...input), signal }: RunOptions = {}): Stream<unknown> => run(source, signal);
  return {
    ...factsOf(subject),
    input,
    isStage: false,
    takesStream: true,
    givesStream: true,
    canHang: true,
    takesSignal: subject.takesSignal ?? true,
    start,
    startSilent: (options) => start({ source: hang(), ...options }),
    around: undefined,
    startCut: cut && (() => start({ source: feed(...cut.input) })),
  };
}

function trialOfStage(subject: LawSubject): Trial {
  const { input, stage, hanging, cut } = subject;
  const { mode } = stage();
  const takesStream = !takesValue(mode);
  const start = ({ source = feed(...input), signal }: RunOptions = {}): Stream<unknown> => callStage(stage(), takesStream ? source : input[0], signal);
  return {
    ...factsOf(subject),
    input,
    isStage: true,
    takesStream,
    givesStream: !yieldsValue(mode),
    canHang: takesStream || hanging !== undefined,
    takesSignal: true,
    start,
    startSilent: (options = {}) => (takesStream ? start({ source: hang(), ...options }) : callStage((hanging ?? stage)(), input[0], options.signal)),
    around: takesStream && !yieldsValue(mode) ? () => aroundOf(stage() as Bidi<unknown, unknown>) : undefined,
    startCut: cut && (() => callStage((cut.stage ?? stage)(), takesStream ? feed(...(cut.input ?? input)) : (cut.input ?? input)[0], undefined)),
  };
}

/** Calls a stage in its mode; one value is seen as a stream of one, asked for by the first read. */
export function callStage(stage: AnyStage, input: unknown, signal: AbortSignal | undefined): Stream<unknown> {
  const call = stage as unknown as (input: unknown, options: { signal?: AbortSignal }) => unknown;
  const answer = (): unknown => call(input, signal ? { signal } : {});
  return yieldsValue(stage.mode) ? single(answer) : (answer() as Stream<unknown>);
}

function aroundOf(stage: Bidi<unknown, unknown>): Bidi<unknown, unknown> {
  return bidi(async function* around(input: Stream<unknown>, call: Call) {
    yield* stage(input, call);
  });
}

async function* single(answer: () => unknown): AsyncGenerator<unknown, void, undefined> {
  yield await answer();
}
