/** What all programs here do alike: the elements, Ctrl+C and errors. */
import { realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { StageError } from "@iftk/core";
import { standardElements, type StandardElementsOptions } from "@iftk/elements";
import { createRegistry, type Element, type Registry } from "@iftk/graph";
import type { Engine } from "@iftk/inference";
import { modelRouter } from "@iftk/inference/router";
import { llama, openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";

/** Where a program is run. */
export interface Surroundings {
  /** What stands behind its name on the command line. */
  readonly args: readonly string[];
  /** Fires with Ctrl+C. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

export interface ElementOptions extends Omit<StandardElementsOptions, "router"> {
  /** Engines beside that of the embedded model. */
  readonly engines?: readonly Engine[];
  /** Elements beside the standard ones. */
  readonly own?: readonly Element[];
}

/** All standard elements over the embedded model, which is opened by its first call. */
export function openElements({ engines = [], own = [], ...options }: ElementOptions = {}): { readonly registry: Registry } & AsyncDisposable {
  let tiny: ReturnType<typeof openLlama> | undefined;
  const embedded = llama({ models: { tiny: () => (tiny ??= openLlama({ modelPath: tinyModelPath })) } });
  const router = modelRouter({ engines: [embedded, ...engines], models: [{ slug: "tiny", provider: "llama", name: "tiny" }] });
  const chat = (model: string): ReturnType<typeof router.chat> => {
    const [provider = "", name = ""] = model.split("/");
    return router.chat(name === "" ? model : { slug: model, provider, name });
  };
  const registry = createRegistry([...standardElements({ ...options, router: chat }), ...own]);
  return {
    registry,
    async [Symbol.asyncDispose]() {
      await (await tiny)?.close();
    },
  };
}

/** The path of a file beside the programs, from source and built. */
export const besidePrograms = (name: string): string => join(dirname(findPackageJSON(import.meta.url) ?? ""), name);

/** Runs the program if its module is the one that Node was started with. Ctrl+C ends it with exit code 130, an error with 1. */
export async function runProgram(url: string, program: (surroundings: Surroundings) => Promise<void>): Promise<void> {
  const { argv: [, started, ...args], stdout, stderr } = process;
  if (started === undefined || realpathSync(started) !== fileURLToPath(url)) return;
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new StageError("canceled", "stopped")));
  try {
    await program({ args, signal: controller.signal, print: (text) => void stdout.write(text) });
  } catch (error) {
    stderr.write(`${StageError.is(error) ? error.message : inspect(error)}\n`);
    process.exitCode = controller.signal.aborted ? 130 : 1;
  }
}
