/** `iftk fmt`: a pipeline in one of its two forms. */
import { Option, type Command } from "commander";
import { usageError } from "../exit-code.js";
import { pipelineArgumentHelp, readPipelineArgument, type PipelineForm } from "../read-pipeline-argument.js";
import type { CommonOptions, Session } from "../session.js";
import { writeTo } from "../write-to.js";

interface FmtOptions extends CommonOptions {
  readonly to?: PipelineForm;
  readonly write?: boolean;
}

const examples = `
Examples:
  iftk fmt 'chat ! text' --to json > story.json
  iftk fmt story.json --to launch
  iftk fmt story.iftk --write`;

/** Adds the command. */
export function addFmt(program: Command, session: Session): Command {
  return program
    .command("fmt")
    .summary("write a pipeline as a launch line or as JSON")
    .description("Writes a launch line as JSON, JSON as a launch line, or either tidied; comments are not kept. Elements are not looked up.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .addOption(new Option("-t, --to <form>", "the form; without it that in which it is written").choices(["launch", "json"]))
    .option("-w, --write", "write it to the file that it came from")
    .addHelpText("after", examples)
    .action((pipeline: string, options: FmtOptions) => fmt(session, pipeline, options));
}

async function fmt(session: Session, argument: string, { to, write, json }: FmtOptions): Promise<void> {
  const { description, form, path } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal });
  const { formatLaunch } = await import("@iftk/graph");
  const chosen = to ?? (json ? "json" : form);
  if (write && path === undefined) throw usageError("--write needs a file that the pipeline is read from");
  if (write && chosen !== form) throw usageError("--write keeps the form of the file; leave --to out, or write to another file with");
  const text = chosen === "json" ? `${JSON.stringify(description, undefined, 2)}\n` : `${formatLaunch(description)}\n`;
  await (write && path !== undefined ? writeTo(path, text) : session.write(text));
}
