/** A plan as a stage. */
import { bidi, readyStream, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import type { Instances } from "./instance.js";
import type { Plan } from "./plan.js";
import { Session } from "./session.js";
import { Wirer, type Hooks } from "./wiring.js";

/** The plan as a stage: the pipe that it is where it is a chain of stages, or else one that runs what hangs on its links. */
export function graphStage(plan: Plan, instances: Instances, hooks: Hooks = {}): AnyStage {
  const wirer = wirerOf(plan, instances, hooks);
  return wirer.chain ?? stageOf(wirer);
}

/** Wires the plan and those of the loops in it. */
export function wirerOf(plan: Plan, instances: Instances, hooks: Hooks): Wirer {
  return new Wirer(plan, instances, hooks, (body) => stageOf(wirerOf(body, instances, hooks)));
}

function stageOf(wirer: Wirer): Bidi<unknown, unknown> {
  return bidi(function pipeline(input: Stream<unknown>, call: Call) {
    return readyStream(() => new Session(wirer, input, call));
  });
}
