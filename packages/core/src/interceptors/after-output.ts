/** What becomes of output that was given when the attempt that gave it fails. */
import { StageError } from "../error.js";
import { takesValue, yieldsValue, type AnyStage } from "../stage.js";
import type { Stream } from "../stream.js";
import type { Replay } from "./attempt.js";
import { countOn, isRollback, retract, rollback, type Rollback } from "./rollback.js";

/**
 * What failure means after the first output: the error is told; or the output is taken back by a mark and given anew;
 * or it stands and the next attempt goes on from there.
 */
export type AfterOutput = "before-first" | "replace" | "continue";

export interface AfterOutputOptions<After extends AfterOutput = "before-first" | "replace"> {
  /** `"before-first"` by default. */
  readonly afterOutput?: After;
  /** Whether a value is output that must not be given twice; a warning may be. Every value is by default. */
  isContent?(value: unknown): boolean;
}

/** How an attempt goes on where the one before broke off. */
export interface Continuation<In, Out> {
  readonly afterOutput: "continue";
  /**
   * Makes the input of the next attempt of the call's own input and all values given so far; undefined where there is no
   * way to go on, then the error is told. So it is after more than 200,000 values.
   */
  continueWith(input: In, given: readonly Out[]): In | undefined;
}

/** How the next attempt begins. */
export interface NextAttempt {
  /** What becomes of the output; undefined where there is none. */
  readonly afterOutput: "replace" | "continue" | undefined;
  readonly input: Stream<unknown>;
  /** What is given before the output of the attempt. */
  readonly marks: readonly Rollback[];
}

/** Values that are kept to go on from. */
const mostKept = 200_000;

/** What a call has given over all its attempts. */
export class Given<Out> {
  readonly #inputs: Replay;
  readonly #policy: AfterOutput;
  readonly #isContent: (value: unknown) => boolean;
  readonly #continueWith: Continuation<unknown, unknown>["continueWith"] | undefined;
  /** All that stands, where it is to be gone on from and is not too much. */
  #kept: Out[] | undefined;
  /** Of the attempt that runs. */
  #count = 0;
  #hasContent = false;

  constructor(options: AfterOutputOptions<AfterOutput>, inputs: Replay) {
    this.#inputs = inputs;
    this.#policy = options.afterOutput ?? "before-first";
    this.#isContent = options.isContent ?? (() => true);
    this.#continueWith = (options as Partial<Continuation<unknown, unknown>>).continueWith;
    if (this.#policy === "continue") this.#kept = [];
  }

  add(batch: readonly Out[]): void {
    this.#count = countOn(this.#count, batch);
    if (this.#kept) for (const value of batch) retract(this.#kept, value);
    this.#hasContent ||= batch.some((value) => !isRollback(value) && this.#isContent(value));
    if (this.#kept && this.#kept.length > mostKept) this.#kept = undefined;
    if (this.#policy === "continue" ? this.#kept?.length === 0 : this.#count === 0) this.#hasContent = false;
  }

  /** How another attempt may begin after the one that failed; undefined where the output stands in its way. */
  next(): NextAttempt | undefined {
    const count = this.#count;
    this.#count = 0;
    if (this.#policy === "replace" && count > 0) {
      this.#hasContent = false;
      return { afterOutput: "replace", input: this.#inputs.again(), marks: [rollback(count)] };
    }
    if (!this.#hasContent) return { afterOutput: undefined, input: this.#inputs.again(), marks: [] };
    const input = this.#kept && this.#continueWith?.(this.#inputs.value, this.#kept);
    return input === undefined ? undefined : { afterOutput: "continue", input: this.#inputs.again(input), marks: [] };
  }
}

/** @throws StageError `invalid_argument` for `"replace"` over a stage that gives one value, and for `"continue"` but over one that gives a stream for a value. */
export function requireAfterOutput(name: string, options: AfterOutputOptions<AfterOutput>, stage: AnyStage): void {
  const { afterOutput } = options;
  if (afterOutput !== "replace" && afterOutput !== "continue") return;
  if (yieldsValue(stage.mode)) throw new StageError("invalid_argument", `${name}: ${stage.label} gives one value; afterOutput "${afterOutput}" is for stages that give a stream`);
  if (afterOutput === "continue" && !takesValue(stage.mode)) throw new StageError("invalid_argument", `${name}: ${stage.label} takes a stream; afterOutput "continue" is for stages that take one value, of which the next input can be made`);
  if (afterOutput === "continue" && !("continueWith" in options)) throw new StageError("invalid_argument", `${name}: afterOutput "continue" needs continueWith, which makes the input that goes on`);
}
