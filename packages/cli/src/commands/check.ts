/** `iftk check`: whether a pipeline could run, and if not, everything that is wrong with it. */
import { build, checkPipeline, formatCaps, type PipelineProblem } from "@iftk/graph";
import type { Command } from "commander";
import { StageError } from "@iftk/core";
import { pipelineArgumentHelp, readPipelineArgument } from "../read-pipeline-argument.js";
import type { CommonOptions, Session } from "../session.js";

/** Adds the command. */
export function addCheck(program: Command, session: Session): Command {
  return program
    .command("check")
    .summary("check a pipeline without running it")
    .description("Checks elements, properties and links of a pipeline without running it, and tells all problems at once.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .action((pipeline: string, options: CommonOptions) => check(session, pipeline, options));
}

async function check(session: Session, argument: string, { json }: CommonOptions): Promise<void> {
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal });
  const problems = checkPipeline(description, registry);
  if (problems.length > 0) {
    if (json) await session.write(`${JSON.stringify({ ok: false, problems })}\n`);
    throw new StageError("invalid_argument", problems.map((problem) => problemLine(problem)).join("\n"), { reason: "pipeline" });
  }
  const { input, output } = build(description, registry);
  const [takes, gives] = [input, output].map((free) => (free ? formatCaps(free) : null));
  await session.write(json ? `${JSON.stringify({ ok: true, takes, gives })}\n` : `${session.paint.out("green", "ok")}: takes ${takes ?? "nothing"}, gives ${gives ?? "nothing"}\n`);
}

function problemLine({ place, message, likely }: PipelineProblem): string {
  return `${place}: ${message}${likely === undefined || message.includes(likely) ? "" : `; did you mean ${likely}?`}`;
}
