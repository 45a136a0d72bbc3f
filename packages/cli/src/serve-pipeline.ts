/** A pipeline over HTTP. */
import { collect, each, from, map, pipe, StageError, takesValue, unary, type AnyStage, type Bidi, type Unary } from "@iftk/core";
import { build, commonCaps, caps, formatCaps, formatLaunch, parseLaunch, type BuiltPipeline, type Registry } from "@iftk/graph";
import { listen, serve } from "@iftk/server";
import { errorReport } from "./error-report.js";
import { usageError } from "./exit-code.js";
import { readPipelineArgument } from "./read-pipeline-argument.js";
import { conversionOfText } from "./run-input.js";
import type { CommonOptions, Session } from "./session.js";

/** How a pipeline is served. */
export interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly host: string;
  readonly origin?: readonly string[];
}

/** Serves what a launch line or a file says until the command is stopped. */
export async function servePipeline(session: Session, argument: string, { port, host, origin, ...common }: ServeOptions): Promise<void> {
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal }, registry);
  const pipeline = build(description, registry);
  if (!pipeline.output) throw usageError("the pipeline gives nothing to answer with: leave an output free");

  const stages = { run: ofOne(pipeline, registry), stream: pipe(each(accepting(pipeline, registry)), ofMany(pipeline)) };
  const about = { pipeline: formatLaunch(pipeline.description), input: pipeline.input ? formatCaps(pipeline.input) : null, output: formatCaps(pipeline.output), routes: { run: "POST /run", stream: "WS /stream" } };
  const fallback = (request: Request): Response =>
    new URL(request.url).pathname === "/" && request.method === "GET" ? Response.json(about) : Response.json({ error: { code: "not_found", message: "There is nothing at this path; GET / tells what there is." } }, { status: 404 });
  const report = { paint: session.paint.error, json: common.json ?? false, debug: common.debug ?? false };
  const onError = (error: unknown): void => void session.tell(errorReport(error, report));

  const server = await listen(serve(stages, { fallback, onError, ...(origin && { origins: origin }) }), { port, host, signal: session.signal });
  await session.write(common.json ? `${JSON.stringify({ url: server.url, ...about })}\n` : `listening at ${server.url}\n`);
  await server.closed;
}

/** The pipeline for one value. */
function ofOne(pipeline: BuiltPipeline, registry: Registry): AnyStage {
  return pipe(accepting(pipeline, registry), ofMany(pipeline));
}

/** The pipeline for a stream of values. */
function ofMany({ stage }: BuiltPipeline): Bidi<unknown, unknown> {
  return pipe(takesValue(stage.mode) ? each(stage as Unary<unknown, unknown>) : (stage as Bidi<unknown, unknown>), map((value: unknown) => value));
}

/** Checks what a client sends, and makes what the pipeline takes of a text. */
function accepting({ input }: BuiltPipeline, registry: Registry): Unary<unknown, unknown> {
  const takesText = input !== undefined && commonCaps(input, caps.text) !== undefined;
  const name = input && !takesText ? conversionOfText(input, registry) : undefined;
  const convert = name === undefined ? undefined : pipe(build(parseLaunch(name), registry).stage as Bidi<unknown, unknown>, map((value: unknown) => value));
  return unary(async function accept(value: unknown, call): Promise<unknown> {
    if (typeof value !== "string" && takesText && input.type !== caps.any.type) throw new StageError("invalid_argument", "the pipeline takes a text: send a JSON string");
    return typeof value === "string" && convert ? (await collect(convert(from([value]), call)))[0] : value;
  });
}
