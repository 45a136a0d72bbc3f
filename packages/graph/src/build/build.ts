/** From what is written to what runs. */
import type { AnyStage, CallOptions, Stream } from "@iftk/core";
import type { Caps } from "../caps.js";
import type { PipelineDescription } from "../description.js";
import type { Registry } from "../registry.js";
import { checkedPipeline } from "./check-pipeline.js";
import { rememberDescription } from "./described.js";
import { graphStage } from "./graph-stage.js";
import { createInstances } from "./instance.js";
import type { PipelineRun } from "./pipeline-run.js";
import { problemsError, type PipelineProblem } from "./problem.js";
import { startRun } from "./start-run.js";
import { startedStage } from "./started-stage.js";

export interface BuildOptions {
  /** Whether runs can be watched and changed: their links are counted, their elements can be replaced. Each element then stands by itself, which costs some time per value. */
  readonly live?: boolean;
}

/** A pipeline that can run, any number of times. */
export interface BuiltPipeline {
  /** What was written, with the conversions that were put in. */
  readonly description: PipelineDescription;
  /** What keeps it from nothing, but may have it stand still: branches of a split that may wait for each other. A run tells them on its bus. */
  readonly warnings: readonly PipelineProblem[];
  /** What the free input takes; undefined when no input is free. */
  readonly input: Caps | undefined;
  /** What the free output gives; undefined when no output is free. */
  readonly output: Caps | undefined;
  /**
   * The pipeline as a stage: for a chain of transforms what `pipe` makes of theirs. With sources, sinks, splits or joins it is a bidi stage:
   * without a free input it takes nothing of what it is given, without a free output it gives nothing and ends when all sinks have.
   *
   * All its runs share its elements. Where elements have to be made ready, its first run does so, those at the end first, and the last one
   * that is left stops them, in reverse order.
   */
  readonly stage: AnyStage;
  /** Starts a run, of elements that are its own. */
  start(input?: Stream<unknown>, call?: CallOptions): PipelineRun;
}

/**
 * Builds a pipeline of the elements of a registry.
 *
 * @throws StageError `invalid_argument`, reason `pipeline`, that lists all that is wrong with it.
 */
export function build(description: PipelineDescription, registry: Registry, { live = false }: BuildOptions = {}): BuiltPipeline {
  const checked = checkedPipeline(description, registry);
  if (!("plan" in checked)) throw problemsError(checked);
  const { plan, warnings, input, output } = checked;
  let stage: AnyStage | undefined;
  return {
    description: checked.description,
    warnings,
    input,
    output,
    get stage() {
      if (!stage) {
        const instances = createInstances(plan);
        stage = rememberDescription(startedStage(graphStage(plan, instances), instances), checked.description);
      }
      return stage;
    },
    start: (values, call = {}) => startRun({ plan, warnings, registry, live }, values, call),
  };
}
