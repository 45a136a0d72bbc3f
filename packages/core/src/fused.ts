/**
 * Synchronous work on values, written so that neighbouring stages run as one loop.
 *
 * Each stage is a function that takes a value and hands what it makes of it to the next one. They are
 * composed once for all runs of a pipeline; what a run keeps is kept by the run.
 */
import type { Call } from "./stream.js";

/** Takes a value of a run, now. It gives what the sink gave for it: a promise is to be waited for, with `hold`. */
export type Emit = (value: unknown, run: Control) => unknown;

/** What fused stages may ask of a run. A place is a stage's index among those it is fused with. */
export interface Control {
  readonly call: Call;
  /** What each stage keeps, by its place. */
  states: unknown[];
  /** Whether more may be handed on. Who sees it false after handing a value on leaves the others to `keep` and returns. */
  readonly isGoing: boolean;
  /** Hands on the values of an array from the index on, later, to the stage at this place. */
  keep(values: readonly unknown[], index: number, next: Emit, at: number): void;
  /** Hands on what a stream gives before anything else comes from upstream. */
  expand(stream: unknown, next: Emit, at: number): void;
  /** Hands on what the promise gives before anything else comes from upstream. */
  wait(promise: PromiseLike<unknown>, next: Emit): void;
  /** Waits for what the sink gave, if it is a promise. */
  hold(done: unknown): void;
  /** The stage at this place wants no more: what is upstream of it is closed. */
  stop(at: number): void;
}

/** Where a stage stands: what comes after it, and its place. */
export interface Place {
  readonly next: Emit;
  readonly at: number;
}

/** One of several copies of the same loop, given what the stage is to do. */
export type Loop = (place: Place, work: never) => Emit;

/** The work of one stage: by itself, or a loop and what it is to do. */
export type Fused = {
  /** What it keeps for one run, made before the first value; a stage without it keeps nothing from one value to the next. */
  readonly begin?: (run: Control, at: number) => unknown;
  /** What it still gives after the last value. */
  readonly end?: (state: unknown) => readonly unknown[];
} & ({ readonly take: (place: Place) => Emit } | { readonly loops: readonly Loop[]; readonly work: unknown });

/** Hands on the values of an array, and leaves to the run those that it does not want yet. */
export function spread(values: readonly unknown[], next: Emit, run: Control, at: number): void {
  for (let index = 0; index < values.length; ) {
    const done = next(values[index++], run);
    if (done !== undefined) run.hold(done);
    if (!run.isGoing) return run.keep(values, index, next, at + 1);
  }
}

/** Stages composed before a sink. */
interface Composed {
  /** Takes what the first stage takes. */
  readonly head: Emit;
  readonly ends: readonly { readonly at: number; readonly end: (state: unknown) => readonly unknown[]; readonly next: Emit }[];
}

/** The stages between two joints. */
export class Segment {
  readonly #stages: readonly Fused[];
  readonly #composed = new Map<Emit, Composed>();

  constructor(stages: readonly Fused[]) {
    this.#stages = stages;
  }

  get isEmpty(): boolean {
    return this.#stages.length === 0;
  }

  /** What the stages keep for one run. */
  begin(run: Control): void {
    if (this.#stages.some(({ begin }) => begin)) run.states = this.#stages.map(({ begin }, at) => begin?.(run, at));
  }

  /** Composes the stages before a sink, once for each; a stage that is a loop gets a copy of its own, as far as there are. */
  before(sink: Emit): Composed {
    let composed = this.#composed.get(sink);
    if (!composed) {
      const used = new Map<unknown, number>();
      const copies = this.#stages.map((stage) => {
        if ("take" in stage) return stage.take;
        const { loops, work } = stage;
        const count = used.get(loops) ?? 0;
        used.set(loops, count + 1);
        const loop = loops[count % loops.length] as Loop;
        return (place: Place) => loop(place, work as never);
      });
      const ends: Composed["ends"][number][] = [];
      const head = copies.reduceRight<Emit>((next, copy, at) => {
        const { end } = this.#stages[at] as Fused;
        if (end) ends.unshift({ at, end, next });
        return copy({ next, at });
      }, sink);
      composed = { head, ends };
      this.#composed.set(sink, composed);
    }
    return composed;
  }
}
