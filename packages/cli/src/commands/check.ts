/** `iftk check`: whether a pipeline could run, and if not, everything that is wrong with it. */
import type { PipelineProblem } from "@iftk/graph";
import type { Command } from "commander";
import { StageError } from "@iftk/core";
import { pipelineArgumentHelp, readPipelineArgument } from "../read-pipeline-argument.js";
import type { CommonOptions, Session } from "../session.js";

const examples = `
Examples:
  iftk check 'chat ! text ! upper'
  iftk check story.json --json`;

/** Adds the command. */
export function addCheck(program: Command, session: Session): Command {
  return program
    .command("check")
    .summary("check a pipeline without running it")
    .description("Checks elements, properties and links of a pipeline without running it, and tells all problems at once.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .addHelpText("after", examples)
    .action((pipeline: string, options: CommonOptions) => check(session, pipeline, options));
}

async function check(session: Session, argument: string, { json }: CommonOptions): Promise<void> {
  const { build, checkPipeline, formatCaps } = await import("@iftk/graph");
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal });
  const problems = checkPipeline(description, registry);
  if (problems.length > 0) {
    if (json) await session.write(`${JSON.stringify({ ok: false, problems })}\n`);
    throw new StageError("invalid_argument", problems.map((problem) => problemLine(problem)).join("\n"), { reason: "pipeline" });
  }
  const { input, output, warnings } = build(description, registry);
  if (!json) for (const warning of warnings) await session.tell(`${session.paint.error("yellow", "warning:")} ${problemLine(warning)}\n`);
  const [takes, gives] = [input, output].map((free) => (free ? formatCaps(free) : null));
  await session.write(json ? `${JSON.stringify({ ok: true, takes, gives, warnings })}\n` : `${session.paint.out("green", "ok")}: takes ${takes ?? "nothing"}, gives ${gives ?? "nothing"}\n`);
}

function problemLine({ place, message, likely }: PipelineProblem): string {
  return `${place}: ${message}${likely === undefined || message.includes(likely) ? "" : `; did you mean ${likely}?`}`;
}
