/** What the laws of tasks are tried on. */
import type { Implementation, Task, TaskTypes } from "@iftk/core/task";
import type { SeededRandom } from "./seeded.js";

/** A task, an implementation of it, and what is needed to try their laws. */
export interface TaskSubject<T extends TaskTypes> {
  readonly task: Task<T>;
  /** Inputs to try it with; take some that are empty, long and awkward. */
  readonly wholes: readonly T["input"][];
  /** Each of its flavours is tried as the only one that is given; `unary` says what is right. Without it only the law of inputs is tried. */
  readonly implementation?: Implementation<T>;
  /** Puts something between caller and implementation, such as a wire; called for each check, and what it gives is disposed of afterwards where that can be done. */
  readonly serve?: (implementation: Implementation<T>) => Served<T> | Promise<Served<T>>;
  /** Cuts an input into random parts. By default the parts of `splitInput` are joined and cut anew where they are texts, lists or bytes, and kept where not. */
  readonly cut?: (whole: T["input"], random: SeededRandom) => readonly T["inputPart"][];
  /** How inputs, and outputs, are compared; by what they hold if left out. */
  readonly isSame?: (one: unknown, other: unknown) => boolean;
  /** Parameters of all calls. */
  readonly parameters?: T["givenParameters"];
  /** Input parts that the implementation takes before they are asked for, at most; 0 by default. */
  readonly readsAhead?: number;
  /** Random ways of cutting tried with each whole; 25 by default. */
  readonly rounds?: number;
  /** The seed of the random ways; 1 by default. */
  readonly seed?: number;
  /** Turns of the event loop that an answer may take before it counts as hung; 1000 by default. */
  readonly patience?: number;
}

/** An implementation behind something that may have to be taken down. */
export type Served<T extends TaskTypes> = Implementation<T> & Partial<AsyncDisposable>;

/** The name of one of the laws of tasks. */
export type TaskLawName = "input" | "output" | "chunks" | "flavours" | "streaming" | "leaving";

/** A law of tasks. */
export interface TaskLaw {
  /** From 1 on. */
  readonly number: number;
  readonly name: TaskLawName;
  readonly sentence: string;
}

/** What came of trying one check of a law of tasks. */
export interface TaskResult {
  readonly law: TaskLaw;
  /** What the check tries, as a sentence. */
  readonly check: string;
  readonly outcome: "kept" | "broken" | "not-applicable";
  /** For "broken", the whole, its parts and what happened; for "not-applicable", why. */
  readonly how?: string;
}

/** The laws of tasks, in their order. */
export const taskLawList: readonly TaskLaw[] = (
  [
    ["input", "An input that was split and joined is the same."],
    ["output", "An output that was split and joined is the same."],
    ["chunks", "It makes no difference how an input was cut."],
    ["flavours", "Whichever flavour is given, each that is asked for gives the same."],
    ["streaming", "What both flavours stream is streamed: the first part comes before the last is there."],
    ["leaving", "A flavour that is derived is lazy, and leaving it reaches the source."],
  ] as const
).map(([name, sentence], index) => ({ number: index + 1, name, sentence }));
