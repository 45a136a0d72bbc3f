/** Tokens that are counted while models generate. */
import { intercept, StageError, type AnyStage, type Call, type Interceptor, type Stream } from "@iftk/core";
import type { Backend } from "../backend.js";

/** A model with the way its tokens are counted. */
export interface MeteredModel {
  readonly stage: AnyStage;
  /** The tokens that each value of the stage stands for, such as those of a usage part. */
  readonly tokensOf: (output: never) => number;
}

/** A model that programs call as a stage. */
export type OfferedStage = AnyStage | MeteredModel;

/** A model that programs may use: a stage, a stage whose tokens can be limited, or a backend, which they use token by token. */
export type OfferedModel = OfferedStage | Backend;

/** Whether a model is used token by token. */
export function isBackend(model: OfferedModel): model is Backend {
  return typeof model !== "function" && !("stage" in model);
}

/** Counts for one program, and for the one that spawned it. */
export class Meter {
  readonly #limit: number | undefined;
  readonly #parent: Meter | undefined;
  readonly #onExceeded: (error: StageError) => void;
  #used = 0;

  constructor(limit: number | undefined, parent: Meter | undefined, onExceeded: (error: StageError) => void) {
    this.#limit = limit;
    this.#parent = parent;
    this.#onExceeded = onExceeded;
  }

  get isLimited(): boolean {
    return this.#limit !== undefined || this.#parent?.isLimited === true;
  }

  /** @throws StageError `resource_exhausted` with reason `tokens` when they are more than may be used; the program is ended with it, too. */
  count(tokens: number): void {
    this.#used += tokens;
    if (this.#limit !== undefined && this.#used > this.#limit) {
      const error = new StageError("resource_exhausted", `runtime: the program used ${this.#used} tokens and may use ${this.#limit}`, { reason: "tokens" });
      this.#onExceeded(error);
      throw error;
    }
    this.#parent?.count(tokens);
  }

  /** The stage of a model, with its tokens counted here. */
  over(name: string, model: OfferedStage): AnyStage {
    if (typeof model !== "function") return intercept(model.stage, this.#counting(model.tokensOf as (output: unknown) => number));
    return this.isLimited ? intercept(model, refusing(name)) : model;
  }

  #counting(tokensOf: (output: unknown) => number): Interceptor {
    const count = (tokens: number): void => this.count(tokens);
    return function counting<In, Out>(next: (input: Stream<In>, call: Call) => Stream<Out>) {
      return async function* counted(input: Stream<In>, call: Call): Stream<Out> {
        count(0);
        for await (const value of next(input, call)) {
          count(tokensOf(value));
          yield value;
        }
      };
    };
  }
}

function refusing(name: string): Interceptor {
  return function refused() {
    // oxlint-disable-next-line require-yield -- it gives nothing
    return async function* uncounted() {
      throw new StageError("failed_precondition", `runtime: the tokens of the program are limited and those of the model ${name} cannot be counted; offer it with tokensOf`);
    };
  };
}
