/** Implementing a task in some flavours, and getting the others from them. */
import { StageError } from "../error.js";
import type { AnyStage, Mode } from "../stage.js";
import { modeOf } from "./flavour.js";
import { Implemented } from "./implemented.js";
import type { AnyImplementation, Flavours, Implementation, Task, TaskTypes } from "./task.js";

/** At least one of the properties. */
type SomeOf<T> = { [K in keyof T]: Pick<T, K> & Partial<T> }[keyof T];

/**
 * Implements a task in the flavours that are given, at least one; all four are then served, by the best route.
 *
 * A flavour is a function or a stage of that mode. `explain` of a stage of the result prints the route and what it holds back.
 *
 * @throws StageError `invalid_argument` for no flavour, one that is unknown, and one that is no function or a stage of another mode.
 */
export function implement<T extends TaskTypes>(task: Task<T>, flavours: SomeOf<Flavours<T>>): Implementation<T> {
  const given = new Map<Mode, (input: never, call: never) => unknown>();
  const { runBatch, ...single } = flavours as Partial<Flavours<T>>;
  for (const [name, flavour] of Object.entries(single)) {
    if (flavour === undefined) continue;
    const mode = modeOf.get(name);
    if (!mode) throw new StageError("invalid_argument", `${task.name}: there is no flavour ${JSON.stringify(name)}; give ${[...modeOf.keys()].join(", ")} or runBatch`);
    if (typeof flavour !== "function") throw new StageError("invalid_argument", `${task.name}: ${name} must be a function or a stage; got ${typeof flavour}`);
    const found = (flavour as Partial<AnyStage>).mode ?? mode;
    if (found !== mode) throw new StageError("invalid_argument", `${task.name}: ${name} was given a stage in the mode ${found}`);
    given.set(mode, flavour);
  }
  if (runBatch && !given.has("unary")) given.set("unary", ofOne(runBatch));
  if (given.size === 0) throw new StageError("invalid_argument", `${task.name}: give at least one of ${[...modeOf.keys()].join(", ")}`);
  return new Implemented(task, given, runBatch) as AnyImplementation as Implementation<T>;
}

function ofOne<T extends TaskTypes>(runBatch: Flavours<T>["runBatch"]): Flavours<T>["unary"] {
  return async function batchOfOne(input, call) {
    const [result] = await runBatch([input], call);
    if (result instanceof Error) throw result;
    return result;
  };
}
