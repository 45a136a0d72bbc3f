/** The pipeline that a command is given. */
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { from, map, StageError } from "@iftk/core";
import type { PipelineDescription, Registry } from "@iftk/graph";
import { usageError } from "./exit-code.js";
import type { Host } from "./host.js";

/** How a pipeline is written. */
export type PipelineForm = "launch" | "json";

export interface PipelineArgument {
  readonly description: PipelineDescription;
  readonly form: PipelineForm;
  /** The file that it was read from. */
  readonly path?: string;
}

/** What is said of the argument in help. */
export const pipelineArgumentHelp = "a launch line, a file that ends in .json or .iftk, or - for what comes in at stdin";

/** Bytes that a file may have. */
const longest = 2 ** 22;

/**
 * Reads a launch line, a file of either form, or what comes in.
 *
 * @throws StageError `invalid_argument`, reason `usage` for a file that cannot be read, `syntax` or `pipeline` for what is no pipeline.
 */
export async function readPipelineArgument(argument: string, { stdin, signal }: Pick<Host, "stdin" | "signal">, registry?: Registry): Promise<PipelineArgument> {
  if (argument === "-") return await parse(await textOf(stdin, "stdin", signal), "stdin: ", registry);
  if (/\.(?:json|iftk)$/iu.test(argument) && !/\s!\s/u.test(argument)) return { ...(await parse(await fileText(argument, signal), `${argument}: `, registry)), path: argument };
  const isFile = /^\S*[./]\S*$/u.test(argument) && existsSync(argument);
  if (isFile) throw usageError(`${argument} is a file, but not one that ends in .json or .iftk; let it come in with - in place of its name`);
  return await parse(argument, "", registry);
}

/** Loaded here: telling how a command is used needs no pipelines. */
async function parse(text: string, place: string, registry: Registry | undefined): Promise<PipelineArgument> {
  const { parseLaunch, readPipeline } = await import("@iftk/graph");
  if (text.trim() === "") throw usageError(`${place}there is no pipeline in it: it is empty`);
  try {
    if (/^[\s\uFEFF]*\{/u.test(text)) return { description: readPipeline(parseJson(text)), form: "json" };
    return { description: parseLaunch(text, registry && { registry }), form: "launch" };
  } catch (error) {
    if (!StageError.is(error) || place === "") throw error;
    throw new StageError(error.code, `${place}${error.message}`, { reason: error.reason ?? "pipeline", cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/u, ""));
  } catch (error) {
    throw new StageError("invalid_argument", `this is no JSON: ${(error as Error).message}`, { reason: "syntax", cause: error });
  }
}

async function fileText(path: string, signal: AbortSignal): Promise<string> {
  try {
    await using file = await open(path);
    return await textOf(file.createReadStream({ autoClose: false }), path, signal);
  } catch (error) {
    if (StageError.is(error) || signal.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw usageError(code === "ENOENT" ? `there is no file ${JSON.stringify(path)}` : code === "EISDIR" ? `${path} is a folder; name a file in it` : `${path} cannot be read: ${message}`, error);
  }
}

async function textOf(source: Readable, place: string, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of identity(from<Uint8Array>(source), { signal })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longest) throw usageError(`${place} is longer than a pipeline may be, ${longest} bytes`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Hears the signal while the source is silent. */
const identity = map((chunk: Uint8Array) => chunk);
