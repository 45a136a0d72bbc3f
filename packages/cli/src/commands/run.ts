/** `iftk run`: a pipeline from the shell. */
import { Option, type Command } from "commander";
import { inputForms } from "../input-form.js";
import { pipelineArgumentHelp } from "../read-pipeline-argument.js";
import type { RunOptions } from "../run-pipeline.js";
import type { Session } from "../session.js";

const examples = `
Examples:
  iftk run 'chat ! text' --input 'Tell me a story about a fox.'
  cat notes.txt | iftk run 'upper' | head -3
  iftk run story.json --watch --input 'A fox, please.'`;

/** Adds the command. */
export function addRun(program: Command, session: Session): Command {
  return program
    .command("run")
    .summary("run a pipeline")
    .description("Runs a pipeline. What comes in at stdin streams into its free input, what its free output gives streams to stdout: texts and bytes as they are, anything else as lines of JSON.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .option("-i, --input <text>", "the input, in place of stdin")
    .addOption(new Option("--input-form <form>", "how the input is read; without it as the pipeline takes it").choices(inputForms))
    .option("--lines", "write every text on a line of its own")
    .option("-w, --watch", "show rate, queue and stall of each link")
    .addHelpText("after", examples)
    .action(async (pipeline: string, options: RunOptions) => (await import("../run-pipeline.js")).runPipeline(session, pipeline, options));
}
