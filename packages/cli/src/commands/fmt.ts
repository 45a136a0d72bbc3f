/** `iftk fmt`: a pipeline in one of its two forms. */
import { writeFile } from "node:fs/promises";
import { formatLaunch } from "@iftk/graph";
import { Option, type Command } from "commander";
import { usageError } from "../exit-code.js";
import { pipelineArgumentHelp, readPipelineArgument, type PipelineForm } from "../read-pipeline-argument.js";
import type { CommonOptions, Session } from "../session.js";

interface FmtOptions extends CommonOptions {
  readonly to?: PipelineForm;
  readonly write?: boolean;
}

/** Adds the command. */
export function addFmt(program: Command, session: Session): Command {
  return program
    .command("fmt")
    .summary("write a pipeline as a launch line or as JSON")
    .description("Writes a pipeline in its usual form: a launch line as JSON, or JSON as a launch line, or either tidied. Elements are not looked up.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .addOption(new Option("-t, --to <form>", "the form; without it that in which it is written").choices(["launch", "json"]))
    .option("-w, --write", "write it to the file that it came from")
    .action((pipeline: string, options: FmtOptions) => fmt(session, pipeline, options));
}

async function fmt(session: Session, argument: string, { to, write, json }: FmtOptions): Promise<void> {
  const { description, form, path } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal });
  const chosen = to ?? (json ? "json" : form);
  if (write && path === undefined) throw usageError("--write needs a file that the pipeline is read from");
  if (write && chosen !== form) throw usageError("--write keeps the form of the file; leave --to out, or write to another file with > ");
  const text = chosen === "json" ? `${JSON.stringify(description, undefined, 2)}\n` : `${formatLaunch(description)}\n`;
  await (write && path !== undefined ? writeFile(path, text) : session.write(text));
}
