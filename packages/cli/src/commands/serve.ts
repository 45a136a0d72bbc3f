/** `iftk serve`: a pipeline behind HTTP. */
import { collect, each, from, map, pipe, StageError, takesValue, unary, type AnyStage, type Bidi, type Unary } from "@iftk/core";
import { build, commonCaps, caps, formatCaps, formatLaunch, parseLaunch, type BuiltPipeline, type Registry } from "@iftk/graph";
import { InvalidArgumentError, type Command } from "commander";
import { usageError } from "../exit-code.js";
import { pipelineArgumentHelp, readPipelineArgument } from "../read-pipeline-argument.js";
import { conversionOfText } from "../run-input.js";
import type { CommonOptions, Session } from "../session.js";

interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly host: string;
  readonly origin?: readonly string[];
}

const routes = `
Routes:
  GET  /        the pipeline, and what it takes and gives
  POST /run     runs it for one value, a JSON body; what it gives comes as server-sent events
  WS   /stream  runs it over a WebSocket, values both ways (subprotocol iftk.v1)

Example:
  iftk serve 'chat ! text' --port 8080 &
  curl -N localhost:8080/run -H 'content-type: application/json' -d '"Tell me a story."'`;

/** Adds the command. */
export function addServe(program: Command, session: Session): Command {
  return program
    .command("serve")
    .summary("serve a pipeline over HTTP")
    .description("Serves a pipeline over HTTP until it is stopped; each request is a run of its own.")
    .argument("<pipeline>", pipelineArgumentHelp)
    .option("-p, --port <port>", "port to listen at, 0 for any free one", portFrom, 3000)
    .option("--host <address>", "address to listen at", "127.0.0.1")
    .option("--origin <origins...>", "origins of other hosts whose pages may call")
    .addHelpText("after", routes)
    .action((pipeline: string, options: ServeOptions) => serveThe(session, pipeline, options));
}

async function serveThe(session: Session, argument: string, { port, host, origin, json }: ServeOptions): Promise<void> {
  const { listen, serve } = await import("@iftk/server");
  const registry = await session.registry();
  const { description } = await readPipelineArgument(argument, { stdin: session.host.stdin, signal: session.signal }, registry);
  const pipeline = build(description, registry);
  if (!pipeline.output) throw usageError("the pipeline gives nothing to answer with: leave an output free");

  const stages = { run: ofOne(pipeline, registry), stream: pipe(each(accepting(pipeline, registry)), ofMany(pipeline)) };
  const about = { pipeline: formatLaunch(pipeline.description), input: pipeline.input ? formatCaps(pipeline.input) : null, output: formatCaps(pipeline.output), routes: { run: "POST /run", stream: "WS /stream" } };
  const fallback = (request: Request): Response =>
    new URL(request.url).pathname === "/" && request.method === "GET" ? Response.json(about) : Response.json({ error: { code: "not_found", message: "There is nothing at this path; GET / tells what there is." } }, { status: 404 });
  const onError = (error: unknown): void => void session.tell(`${session.paint.error("yellow", "a run failed:")} ${StageError.from(error).message}\n`);

  const server = await listen(serve(stages, { fallback, onError, ...(origin && { origins: origin }) }), { port, host, signal: session.signal });
  await session.write(json ? `${JSON.stringify({ url: server.url, ...about })}\n` : `listening at ${server.url}\n`);
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

function portFrom(text: string): number {
  if (/^\d{1,5}$/u.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("give a whole number from 0 to 65535.");
}
