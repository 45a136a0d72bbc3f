/** What is open by name, for each model apart. */
import { StageError } from "@iftk/core";
import type { Model } from "../model/model.js";

export class OpenNames<T extends { readonly name: string }> {
  readonly #named = new WeakMap<Model, Map<string, T>>();
  #count = 0;

  /** A name that nothing of the model has. */
  next(model: Model): string {
    let name: string;
    do name = `context-${++this.#count}`;
    while (this.find(model, name) !== undefined);
    return name;
  }

  find(model: Model, name: string): T | undefined {
    return this.#named.get(model)?.get(name);
  }

  /** @throws StageError `failed_precondition`, reason `exists`, when something of the model has the name. */
  check(model: Model, name: string): void {
    if (this.find(model, name) === undefined) return;
    throw new StageError("failed_precondition", `context: the model has one with the name ${JSON.stringify(name)}; release it, or take another name`, { reason: "exists" });
  }

  add(model: Model, one: T): void {
    this.check(model, one.name);
    const named = this.#named.get(model) ?? new Map<string, T>();
    this.#named.set(model, named.set(one.name, one));
  }

  delete(model: Model, one: T): void {
    if (this.find(model, one.name) === one) this.#named.get(model)?.delete(one.name);
  }
}
