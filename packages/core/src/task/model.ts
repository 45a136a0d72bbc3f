/** Models: what was loaded, and the tasks it does. */
import { StageError } from "../error.js";
import type { AnyImplementation, Model } from "./task.js";

export interface ModelOptions {
  readonly id: string;
  readonly tasks: readonly AnyImplementation[];
  /** Other ids under which it is known, such as those of models that it took the place of. */
  readonly aliases?: readonly string[];
  /** Frees what the model holds; called once. */
  readonly dispose?: () => void | Promise<void>;
}

/**
 * Declares a model that does one or more tasks.
 *
 * @throws StageError `invalid_argument` for an id that is no text of one line, and for no task or the same one twice.
 */
export function defineModel({ id, tasks, aliases = [], dispose }: ModelOptions): Model {
  const bad = [id, ...aliases].find((name) => typeof name !== "string" || !/^[^\s\p{Cc}]{1,256}$/u.test(name));
  if (bad !== undefined) throw new StageError("invalid_argument", `a model's id has 1 to 256 characters and no blanks; got ${JSON.stringify(bad)}`);
  const names = tasks.map(({ task }) => task.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (names.length === 0) throw new StageError("invalid_argument", `the model ${id} does no task: give at least one implementation`);
  if (twice) throw new StageError("invalid_argument", `the model ${id} implements ${twice} twice`);
  let disposed: Promise<void> | undefined;
  return { id, aliases, tasks, [Symbol.asyncDispose]: () => (disposed ??= Promise.resolve().then(() => dispose?.())) };
}

/** What a model gives for the task of this name. */
export function implementationIn(model: Model, name: string): AnyImplementation {
  const found = model.tasks.find(({ task }) => task.name === name);
  if (found) return found;
  throw new StageError("invalid_argument", `the model ${model.id} does not do ${name}; it does ${model.tasks.map(({ task }) => task.name).join(", ")}`, { reason: "task" });
}
