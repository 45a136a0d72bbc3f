/** A model that is loaded, and the calls that run on it. */
import type { Model } from "@iftk/core/task";

/** Counts the calls of a model, so that it is freed between them. */
export class LoadedModel {
  readonly model: Model;
  /** Whether it is taken away from further calls. */
  isGone = false;
  #running = 0;
  readonly #onIdle: (() => void)[] = [];

  constructor(model: Model) {
    this.model = model;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Counts a call in; what it gives counts it out, once. */
  enter(): () => void {
    this.#running++;
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      if (--this.#running > 0) return;
      for (const tell of this.#onIdle.splice(0)) tell();
    };
  }

  /** Frees the model when the calls that run have ended; there are to be no others. */
  async free(): Promise<void> {
    this.isGone = true;
    if (!this.isIdle) await new Promise<void>((resolve) => void this.#onIdle.push(resolve));
    await this.model[Symbol.asyncDispose]();
  }
}
