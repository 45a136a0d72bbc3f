/** Versions of the JSON form. */
import { StageError } from "@iftk/core";

/** Brings a pipeline of one version to the next. */
export type Migration = (pipeline: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** By the version that they begin at; version 1 is the first. */
const migrations: ReadonlyMap<number, Migration> = new Map();

/**
 * Brings a pipeline of any known version to the newest, which is that after the last migration.
 *
 * @throws StageError `invalid_argument` (reason `pipeline`) for what has no version, or a newer one.
 */
export function migrate(json: unknown, steps: ReadonlyMap<number, Migration> = migrations): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) refuse(`expected an object with version, elements and links`);
  let pipeline = json as Readonly<Record<string, unknown>>;
  const newest = steps.size + 1;
  const { version } = pipeline;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) return refuse(`version: expected a whole number from 1 to ${newest}${version === undefined ? "; it is missing" : ""}`);
  if (version > newest) refuse(`version: this pipeline is of version ${version}, and this release of @iftk/graph reads versions up to ${newest}; update @iftk/graph, or save the pipeline in an older version`);
  for (let step = version; step < newest; step++) {
    const migrateStep = steps.get(step);
    if (!migrateStep) return refuse(`version: nothing brings version ${step} to version ${step + 1}`);
    pipeline = { ...migrateStep(pipeline), version: step + 1 };
  }
  return pipeline;
}

function refuse(problem: string): never {
  throw new StageError("invalid_argument", `pipeline: ${problem}`, { reason: "pipeline" });
}
