/** `iftk run`: a pipeline from the shell. */
import { build, type BusMessage, type PipelineRun } from "@iftk/graph";
import { Option, type Command } from "commander";
import { usageError } from "../exit-code.js";
import { LiveScreen } from "../live-screen.js";
import { pipelineArgumentHelp, readPipelineArgument } from "../read-pipeline-argument.js";
import { inputForms, runInput, type InputForm } from "../run-input.js";
import { written } from "../run-output.js";
import type { CommonOptions, Session } from "../session.js";
import { visibleText } from "../visible-text.js";
import { watchRun } from "../watch-run.js";

interface RunOptions extends CommonOptions {
  readonly input?: string;
  readonly inputForm?: InputForm;
  readonly lines?: boolean;
  readonly watch?: boolean;
}

const examples = `
Examples:
  iftk run 'chat ! text' --input 'Tell me a story about a fox.'
  cat notes.txt | iftk run 'upper' | head -3
  iftk run story.json --watch`;

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
    .action((pipeline: string, options: RunOptions) => run(session, pipeline, options));
}

async function run(session: Session, argument: string, options: RunOptions): Promise<void> {
  const { host } = session;
  const json = options.json ?? false;
  const screen = options.watch && !json && host.stderr.isTTY ? new LiveScreen(host.stderr) : undefined;
  // On one terminal with the table, the output has to stand above it.
  if (screen && host.stdout.isTTY) session.redirect(screen.output);

  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: host.stdin, signal: session.signal }, registry);
  const pipeline = build(description, registry, { live: options.watch ?? false });
  const { input, inputForm: form } = options;
  if (!pipeline.input && input !== undefined) throw usageError("the pipeline takes no input: leave --input out, or begin it with an element that takes some");
  if (pipeline.input && input === undefined && argument === "-") throw usageError("stdin is the pipeline: give its input with --input");
  if (pipeline.input && input === undefined && host.stdin.isTTY) await session.tell(session.paint.error("dim", "reading from the terminal; Ctrl-D ends the input\n"));

  const running = pipeline.start(pipeline.input && runInput(pipeline.input, { input, form }, registry, host), { signal: session.signal });
  const told = tellBus(running, session, json);
  const endWatch = options.watch ? watchRun(running, { screen, tell: (text) => session.tell(text), json }) : undefined;
  try {
    await writeOutput(running, session, { json, lines: options.lines ?? false });
    await running.done;
  } finally {
    await running.stop();
    await endWatch?.();
    await told;
  }
}

async function writeOutput(running: PipelineRun, session: Session, options: { readonly json: boolean; readonly lines: boolean }): Promise<void> {
  const { isTTY } = session.host.stdout;
  const shown = (chunk: string | Uint8Array): string | Uint8Array => (isTTY && typeof chunk === "string" ? visibleText(chunk) : chunk);
  let last: string | Uint8Array = "\n";
  for await (const value of running.output) {
    const chunk = shown(written(value, options));
    if (chunk.length > 0) last = chunk;
    await session.write(chunk);
  }
  // The prompt of a shell begins a line; a screen ends its last one itself.
  if (isTTY && session.stdout === session.host.stdout && typeof last === "string" && !last.endsWith("\n")) await session.write("\n");
}

/** Tells of progress and warnings; errors are those of the run. */
async function tellBus(running: PipelineRun, session: Session, json: boolean): Promise<void> {
  for await (const message of running.bus) {
    if (message.type !== "progress" && message.type !== "warning") continue;
    await session.tell(json ? `${JSON.stringify(message)}\n` : busLine(message, session));
  }
}

function busLine(message: Extract<BusMessage, { type: "progress" | "warning" }>, { paint }: Session): string {
  if (message.type === "warning") return `${paint.error("yellow", `${message.element}:`)} ${message.message}\n`;
  const share = message.fraction === undefined ? "" : ` (${(100 * message.fraction).toFixed(0)}%)`;
  return `${paint.error("dim", `${message.element}: ${message.status}${share}`)}\n`;
}
