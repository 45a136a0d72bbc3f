/** Cassettes in files; Node only. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { StageError, type AnyStage } from "@iftk/core";
import { recordCassette, type RecordCassetteOptions } from "./record-cassette.js";
import { replay, type ReplayOptions } from "./replay.js";

export interface CassetteFileOptions extends ReplayOptions, Pick<RecordCassetteOptions, "redact"> {
  /** When the stage itself is called and recorded: where the file is missing (the default), never, or always anew. */
  readonly record?: "missing" | "never" | "always";
}

/**
 * A stage that replays the cassette in the file, or calls the given one and writes what it does to that file.
 *
 * @throws StageError `not_found` where nothing may be recorded and the file is missing, and as `replay` does.
 */
export function cassetteFile<S extends AnyStage>(path: string, stage: S, options: CassetteFileOptions = {}): S {
  const { record = "missing", ...others } = options;
  if (record !== "always" && existsSync(path)) return replay<S>(readFileSync(path, "utf8"), others);
  if (record === "never") throw new StageError("not_found", `cassetteFile: ${path} is missing; record it where ${stage.label} can be called`);
  const onCall = (cassette: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, cassette);
  };
  return recordCassette(stage, { onCall, ...(others.redact ? { redact: others.redact } : {}), ...(typeof others.clock === "object" ? { clock: others.clock } : {}) }).stage;
}
