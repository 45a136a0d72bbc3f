/** Names of models: `owner/name`, or `owner/name:version` for one version of it. */
import { StageError } from "@iftk/core";
import { provider } from "./client.js";

export interface ModelName {
  readonly owner: string;
  readonly name: string;
  readonly version: string | undefined;
}

/** Reads the name of a model. Throws StageError `invalid_argument` where it is none. */
export function modelName(model: string): ModelName {
  const [, owner, name, version] = /^([\w.-]+)\/([\w.-]+)(?::([\w.-]+))?$/.exec(model) ?? [];
  if (owner === undefined || name === undefined) throw new StageError("invalid_argument", `${provider}: a model is named owner/name or owner/name:version, not ${JSON.stringify(model)}`);
  return { owner, name, version };
}
