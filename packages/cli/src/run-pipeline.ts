/** A run of a pipeline over the streams of a command. */
import { build, type BusMessage, type PipelineRun } from "@iftk/graph";
import { usageError } from "./exit-code.js";
import type { InputForm } from "./input-form.js";
import { LiveScreen } from "./live-screen.js";
import { readPipelineArgument } from "./read-pipeline-argument.js";
import { runInput } from "./run-input.js";
import { written } from "./run-output.js";
import type { CommonOptions, Session } from "./session.js";
import { visibleText } from "./visible-text.js";
import { watchRun } from "./watch-run.js";

/** How a pipeline is run. */
export interface RunOptions extends CommonOptions {
  readonly input?: string;
  readonly inputForm?: InputForm;
  readonly lines?: boolean;
  readonly watch?: boolean;
}

/** Runs what a launch line or a file says to its end. */
export async function runPipeline(session: Session, argument: string, options: RunOptions): Promise<void> {
  const { host } = session;
  const json = options.json ?? false;
  const screen = options.watch && !json && host.stderr.isTTY ? new LiveScreen(host.stderr) : undefined;
  // On one terminal with the table, the output has to stand above it, that of elements too.
  if (screen && host.stdout.isTTY) session.redirect(screen.output);
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: host.stdin, signal: session.signal }, registry);
  const pipeline = build(description, registry, { live: options.watch ?? false });
  const { input, inputForm: form } = options;
  if (!pipeline.input && input !== undefined) throw usageError("the pipeline takes no input: leave --input out, or begin it with an element that takes some");
  if (pipeline.input && input === undefined && argument === "-") throw usageError("stdin is the pipeline: give its input with --input");
  if (pipeline.input && input === undefined && host.stdin.isTTY && !json) await session.tell(session.paint.error("dim", "reading from the terminal; Ctrl-D ends the input\n"));

  const running = pipeline.start(pipeline.input && runInput(pipeline.input, { input, form }, registry, host), { signal: session.signal });
  const told = tellBus(running, (message) => {
    const line = json ? `${JSON.stringify(message)}\n` : busLine(message, session);
    return screen ? void screen.output.write(line) : session.tell(line);
  });
  const endWatch = options.watch ? watchRun(running, { screen, tell: (text) => session.tell(text), json }) : undefined;
  try {
    await writeOutput(running, session, { json, lines: options.lines ?? false });
    await running.done;
  } finally {
    await running.stop();
    await told;
    await endWatch?.();
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

type Told = Extract<BusMessage, { type: "progress" | "warning" }>;

/** Tells of progress and warnings; errors are those of the run. */
async function tellBus(running: PipelineRun, tell: (message: Told) => Promise<void> | void): Promise<void> {
  for await (const message of running.bus) if (message.type === "progress" || message.type === "warning") await tell(message);
}

function busLine(message: Told, { paint }: Session): string {
  if (message.type === "warning") return `${paint.error("yellow", `${message.element}:`)} ${visibleText(message.message)}\n`;
  const share = message.fraction === undefined ? "" : ` (${(100 * message.fraction).toFixed(0)}%)`;
  return `${paint.error("dim", `${message.element}: ${visibleText(message.status)}${share}`)}\n`;
}
