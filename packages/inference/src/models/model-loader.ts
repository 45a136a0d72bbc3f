/** Where models come from. */
import type { Call } from "@iftk/core";
import type { Model } from "@iftk/core/task";

/** A way to load models: from a folder, a registry, another server. */
export interface ModelLoader {
  /** By which callers choose it as backend, and by which errors name it. */
  readonly name: string;
  /** The model with the id, or undefined where it has none. The signal fires when nobody waits for it any more. */
  load(id: string, call: Pick<Call, "signal">): Promise<Model | undefined> | Model | undefined;
  /** The ids of models that it could load, where it knows them. */
  list?(call: Pick<Call, "signal">): Promise<readonly string[]> | readonly string[];
}
