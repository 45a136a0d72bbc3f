/** What all programs here do alike: the command line, the keys, Ctrl+C, what was used, and errors. */
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { StageError } from "@iftk/core";
import { usageLedger, type UsageTotal } from "@iftk/inference/resilience";
import { modelRouter, type ModelRouter } from "@iftk/inference/router";
import { openProviders, type Environment } from "./providers.js";

/** A program. */
export interface Example {
  /** What it does, in a sentence. */
  readonly about: string;
  /** What it is run with when the command line names no model: the first of these whose provider is not a fake, or else the first. */
  readonly models: readonly string[];
  /** What its input is, and the one that it takes when the command line names none. */
  readonly input: { readonly name: string; readonly value: string };
  readonly run: (setting: Setting) => Promise<void>;
}

/** Where a program is run. */
export interface Surroundings {
  /** Fires with Ctrl+C. */
  readonly signal: AbortSignal;
  /** Prints what the program makes. */
  readonly write: (text: string) => void;
  /** Prints what is told beside it. */
  readonly note: (line: string) => void;
  /** Where files are saved. */
  readonly folder: string;
}

/** What a program is run with. */
export interface Setting extends Surroundings {
  readonly router: ModelRouter;
  /** The slug of a model. */
  readonly model: string;
  readonly input: string;
}

/**
 * Runs the program if its module is the one that Node was started with. Ctrl+C ends it with exit code 130, and so does whoever reads
 * its output when they leave, as `head` does; an error ends it with 1.
 */
export async function runExample(url: string, example: Example): Promise<void> {
  const { argv: [, started, ...args], env, stdout, stderr } = process;
  if (started === undefined || realpathSync(started) !== fileURLToPath(url)) return;
  const controller = new AbortController();
  const stop = (): void => controller.abort(new StageError("canceled", "stopped"));
  process.once("SIGINT", stop);
  stdout.on("error", stop);
  const note = (line: string): void => void stderr.write(`${line}\n`);
  try {
    await runAt({ signal: controller.signal, write: (text) => void stdout.write(text), note, folder: join(tmpdir(), "iftk-capabilities") }, example, args, env);
  } catch (error) {
    note(StageError.is(error) ? error.message : inspect(error));
    process.exitCode = controller.signal.aborted ? 130 : 1;
  }
}

/** Runs the program, or prints its help where the arguments ask for that. */
export async function runAt(surroundings: Surroundings, example: Example, args: readonly string[], environment: Environment): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) return surroundings.write(helpOf(example));
  await using providers = await openProviders(environment, surroundings.note);
  const ledger = usageLedger();
  const router = modelRouter({ engines: providers.engines, resilience: { ledger } });
  const [first = ""] = example.models;
  const [model = example.models.find((slug) => providers.isReal(router.resolve(slug).provider)) ?? first, input = example.input.value] = args;
  try {
    await example.run({ ...surroundings, router, model, input });
  } finally {
    for (const total of ledger.totals()) surroundings.note(told(total));
  }
}

function helpOf({ about, models, input: { name, value } }: Example): string {
  const choice = models.length > 1 ? `the first of ${models.join(", ")} that needs no key or whose key is set` : models.join();
  return `${about}

Takes two arguments, in place of these:

  ${"model".padEnd(name.length)}  ${choice}
  ${name.padEnd("model".length)}  ${value}

Without its key a provider is replaced by a fake, which says so.
`;
}

function told({ provider, model, usage }: UsageTotal): string {
  const { inputTokens, outputTokens, images = 0, seconds = 0, estimated } = usage;
  const amounts = Object.entries({ "token in": inputTokens, "token out": outputTokens, image: images, second: seconds }).filter(([, amount]) => amount > 0);
  const used = amounts.map(([unit, amount]) => `${amount} ${amount === 1 ? unit : unit.replace(/^\w+/u, "$&s")}`).join(", ");
  return `${provider}/${model}: ${used ? `${estimated ? "about " : ""}${used}` : "usage unknown"}`;
}
