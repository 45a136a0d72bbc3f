/** Both ways to spawn a program, over what it gives. */
import { flatMap, from, pipe, type Bidi } from "@iftk/core";
import { valueOf, type Outcome } from "../session/inferlet.js";
import type { Runtime, SpawnLimits, SpawnOptions, SpawnStageOptions } from "../session/runtime.js";

/** Gives the outcomes of a program, spawned by name. */
export type Spawner = (name: string, args: unknown, limits: SpawnLimits) => Bidi<unknown, Outcome>;

/** `spawn` and `spawnStage` by means of the outcomes of programs. */
export function spawning(outcomesOf: Spawner): Pick<Runtime, "spawn" | "spawnStage"> {
  return {
    async spawn<Value>(name: string, args?: unknown, { limits = {}, signal, input = from([]), onSend }: SpawnOptions = {}): Promise<Value> {
      return (await valueOf(outcomesOf(name, args, limits)(input, signal && { signal }), onSend)) as Value;
    },
    spawnStage<In, Out>(name: string, args?: unknown, { limits = {} }: SpawnStageOptions = {}): Bidi<In, Out> {
      const messages = flatMap((outcome: Outcome) => (outcome.type === "sent" ? [outcome.message as Out] : []));
      return pipe(outcomesOf(name, args, limits) as Bidi<In, Outcome>, messages);
    },
  };
}
