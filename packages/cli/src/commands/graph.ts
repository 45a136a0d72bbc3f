/** `iftk graph`: a pipeline as a picture. */
import { Option, type Command } from "commander";
import { pipelineArgumentHelp, readPipelineArgument } from "../read-pipeline-argument.js";
import type { CommonOptions, Session } from "../session.js";
import { writeTo } from "../write-to.js";

const formats = ["mermaid", "dot", "svg"] as const;

interface GraphOptions extends CommonOptions {
  readonly format: (typeof formats)[number];
  readonly output?: string;
}

const examples = `
Examples:
  iftk graph 'lines ! tee name=t  t. ! upper ! console  t. ! count' --format svg --output picture.svg
  iftk graph story.json > story.mmd`;

/** Adds the command. */
export function addGraph(program: Command, session: Session): Command {
  return program
    .command("graph")
    .summary("draw a pipeline")
    .description("Draws a pipeline, also one with problems.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .addOption(new Option("-f, --format <format>", "what it is drawn in").choices(formats).default("mermaid"))
    .option("-o, --output <file>", "file to write; stdout without it")
    .addHelpText("after", examples)
    .action((pipeline: string, options: GraphOptions) => graph(session, pipeline, options));
}

async function graph(session: Session, argument: string, { format, output, json }: GraphOptions): Promise<void> {
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal });
  const { toDot, toMermaid, toSvg } = await import("@iftk/graph");
  const drawing = await { mermaid: toMermaid, dot: toDot, svg: toSvg }[format](description, registry);
  if (output !== undefined) await writeTo(output, drawing);
  else await session.write(json ? `${JSON.stringify({ format, drawing })}\n` : drawing);
}
