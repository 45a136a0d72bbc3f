/** Tasks that are done on a server, as implementations here. */
import type { AnyStage } from "@iftk/core";
import type { Implementation, Task, TaskTypes } from "@iftk/core/task";
import { remoteFlavours, taskPath } from "@iftk/wire";
import type { RemoteOptions } from "./remote-options.js";
import { remote } from "./remote.js";

export interface RemoteTaskOptions extends RemoteOptions {
  /** The id of the model; without it the one that the server takes by default. */
  readonly model?: string;
}

/**
 * The task as a server of tasks at this URL does it: `remoteTask(tokenClassification, "http://localhost:8080", { model: "crf" }).bidi`.
 * All four flavours run there, by the best route from those that the model has.
 *
 * Errors are those of `remote`, with `not_found` and reason `model` where the server has no such model, and `internal` where
 * what it gives does not fit the task.
 */
export function remoteTask<T extends TaskTypes>(task: Task<T>, url: string | URL, { model, ...options }: RemoteTaskOptions = {}): Implementation<T> {
  const base = String(url).replace(/\/+$/, "");
  return remoteFlavours(task, (mode) => remote<AnyStage>(`${base}/${taskPath(task.name, mode)}`, { ...options, mode }), model);
}
