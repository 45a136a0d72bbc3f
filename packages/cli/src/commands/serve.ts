/** `iftk serve`: a pipeline behind HTTP. */
import { InvalidArgumentError, type Command } from "commander";
import { pipelineArgumentHelp } from "../read-pipeline-argument.js";
import type { ServeOptions } from "../serve-pipeline.js";
import type { Session } from "../session.js";

const routes = `
Routes:
  GET  /        the pipeline, and what it takes and gives
  POST /run     runs it for one value, a JSON body; what it gives comes as server-sent events
  WS   /stream  runs it over a WebSocket, values both ways (subprotocol iftk.v1)

Ctrl-C or SIGTERM takes no more calls, and gives those that run 5 seconds to end.

Examples:
  iftk serve story.json --host 0.0.0.0 --origin https://app.example.com
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
    .action(async (pipeline: string, options: ServeOptions) => (await import("../serve-pipeline.js")).servePipeline(session, pipeline, options));
}

function portFrom(text: string): number {
  if (/^\d{1,5}$/u.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("give a whole number from 0 to 65535.");
}
