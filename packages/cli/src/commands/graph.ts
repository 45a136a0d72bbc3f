/** `iftk graph`: a pipeline as a picture. */
import { writeFile } from "node:fs/promises";
import { toDot, toMermaid, toSvg } from "@iftk/graph";
import { Option, type Command } from "commander";
import { pipelineArgumentHelp, readPipelineArgument } from "../read-pipeline-argument.js";
import type { CommonOptions, Session } from "../session.js";

const drawings = { mermaid: toMermaid, dot: toDot, svg: toSvg };

interface GraphOptions extends CommonOptions {
  readonly format: keyof typeof drawings;
  readonly output?: string;
}

/** Adds the command. */
export function addGraph(program: Command, session: Session): Command {
  return program
    .command("graph")
    .summary("draw a pipeline")
    .description("Draws a pipeline, also one with problems.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .addOption(new Option("-f, --format <format>", "what it is drawn in").choices(Object.keys(drawings)).default("mermaid"))
    .option("-o, --output <file>", "file to write; stdout without it")
    .action((pipeline: string, options: GraphOptions) => graph(session, pipeline, options));
}

async function graph(session: Session, argument: string, { format, output, json }: GraphOptions): Promise<void> {
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal });
  const drawing = await drawings[format](description, registry);
  if (output !== undefined) await writeFile(output, drawing);
  else await session.write(json ? `${JSON.stringify({ format, drawing })}\n` : drawing);
}
