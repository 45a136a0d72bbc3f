/** What all programs here do alike: the command line, the model, Ctrl+C, what is sent, and errors. */
import { realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inspect, parseArgs } from "node:util";
import { from, StageError } from "@iftk/core";
import type { Backend } from "@iftk/inferlet";
import { mcpServers, type McpServerAddress } from "@iftk/inferlet/mcp";
import { createMessaging } from "@iftk/inferlet/messaging";
import { createRuntime } from "@iftk/inferlet/runtime";
import type { Inferlet } from "@iftk/inferlet/session";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";

/** A program with what it is run with when the command line says nothing else. */
export interface Example {
  /** What it does, in a sentence. */
  readonly about: string;
  /** What its input is, and the one that it takes by default. */
  readonly input: { readonly name: string; readonly value: string };
  /** Gives the program for an input. It sends text, which is printed; what it returns is printed last, as JSON. */
  readonly program: (input: string) => Inferlet<never, string>;
  /** Programs that it spawns, by their names. */
  readonly others?: Readonly<Record<string, (args: never) => Inferlet>>;
  /** MCP servers that they may connect to, by their names. */
  readonly servers?: Readonly<Record<string, McpServerAddress>>;
  /** Opens the model file, where it takes another backend than llama.cpp. */
  readonly open?: (modelPath: string, signal: AbortSignal) => Promise<Backend>;
}

export interface RunOptions {
  readonly backend: Backend;
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly onSend?: (text: string) => void;
}

/** Runs the program over a backend and gives its value. */
export async function runOver<Value>({ program, others = {}, servers = {}, input: { value } }: Example, { backend, input = value, signal, onSend = () => {} }: RunOptions): Promise<Value> {
  const registry = Object.entries({ ...others, main: program }).map(([name, each]) => ({ name, version: "1.0.0", program: each as (args: unknown) => Inferlet }));
  await using messaging = createMessaging();
  await using runtime = createRuntime({ registry, models: { [backend.name]: backend }, messaging, mcp: mcpServers(servers) });
  return await runtime.spawn<Value>("main", input, { onSend: (text) => onSend(text as string), input: from([]), ...(signal && { signal }) });
}

/** Runs the program if its module is the one that Node was started with. Ctrl+C ends it with exit code 130, an error with 1. */
export async function runInferlet(url: string, example: Example): Promise<void> {
  const [, started] = process.argv;
  if (started === undefined || realpathSync(started) !== fileURLToPath(url)) return;
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new StageError("canceled", "stopped")));
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean", short: "h" }, model: { type: "string", default: tinyModelPath } } });
    if (values.help) return void process.stdout.write(helpOf(example));
    const open = example.open ?? ((modelPath, signal) => openLlama({ modelPath, signal }));
    await using backend = await open(values.model, controller.signal);
    const input = positionals.length > 0 ? positionals.join(" ") : example.input.value;
    const value = await runOver(example, { backend, input, signal: controller.signal, onSend: (text) => process.stdout.write(text) });
    if (value !== undefined) process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${StageError.is(error) || error instanceof TypeError ? error.message : inspect(error)}\n`);
    process.exitCode = controller.signal.aborted ? 130 : 1;
  }
}

function helpOf({ about, input: { name, value } }: Example): string {
  return `${about}\n\nUsage: npm start inferlets/PROGRAM -- [--model FILE.gguf] [${name}]\n\nThe model is the embedded one, the ${name} this, if you name no other:\n\n  ${value}\n`;
}
