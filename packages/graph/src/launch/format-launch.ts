/** A pipeline as a launch line. */
import type { Graph } from "../description.js";
import { readPipeline } from "../json/read-pipeline.js";
import { printLaunch } from "./print-launch.js";

/**
 * Writes a pipeline as a launch line that reads back as the same: a chain a line, `name=` only where the name is not that which the element
 * has without, or where something refers to it.
 *
 * @throws StageError `invalid_argument` (reason `pipeline`) listing what is wrong when it is no valid pipeline.
 */
export function formatLaunch(description: Graph): string {
  return printLaunch(readPipeline({ version: 1, ...description }));
}
