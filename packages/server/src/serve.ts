/** Stages behind HTTP: POST with a JSON body, answered by server-sent events, and a WebSocket where the input is a stream. */
import { StageError, takesValue } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import type { AnyStage } from "@iftk/core";
import { protocolsOf, socketProtocol } from "@iftk/wire/socket";
import type { SocketHearer } from "@iftk/wire/socket";
import { errorAnswer, jsonHeaders } from "./error-answer.js";
import type { Answer, Asked } from "./exchange.js";
import { Heartbeats } from "./heartbeats.js";
import { judgeOrigin, noHeaders, preflight, type OriginVerdict } from "./origin.js";
import { hasJsonType, parseJson, requestText } from "./request-json.js";
import { RunLimit } from "./run-limit.js";
import { openerOf, type OpenRun } from "./served-stage.js";
import { refuseSocket, withSockets, type ServerSocket, type SocketAcceptance } from "./socket-acceptor.js";
import { SocketRun } from "./socket-run.js";
import { StageRun, type RunHost, type RunName } from "./stage-run.js";
import { deadlineOf } from "./timeout-header.js";
import { TurnEnd } from "./turn-end.js";
import { toHandler, type Delegation, type Handler } from "./web-exchange.js";

export interface ServeOptions {
  /** Bytes that a request body may have; 1 MiB without it. */
  readonly maxBodyBytes?: number;
  /** Bytes that one message of a WebSocket may have; 1 MiB without it. Small values that are ready together are one message of up to 16 Ki characters: give 64 KiB or more. */
  readonly maxMessageBytes?: number;
  /** Values that a client may send ahead of the stage that reads them; 64 without it. */
  readonly window?: number;
  /** Runs at one time; 256 without it. One more is refused with 503 and `retry-after`. */
  readonly maxRuns?: number;
  /** Origins of other hosts whose pages may call, such as `https://app.example.com`. */
  readonly origins?: readonly string[];
  /** Answers what comes to a path without a stage, such as the files of a page; 404 without it. Pages of origins that may not call do not reach it, nor do sockets. */
  readonly fallback?: Handler;
  /** Milliseconds to wait for the first value or error before the headers are sent all the same; 1000 without it. */
  readonly headersAfter?: number;
  /** Milliseconds between the comments, or the pings of a WebSocket, that keep a quiet connection open; 15000 without it, 0 for none. */
  readonly heartbeat?: number;
  /** Hears the errors of stages with all that never crosses the wire; for logs. */
  readonly onError?: (error: unknown, run: RunName) => void;
}

const sseHeaders = {
  "cache-control": "no-cache, no-transform",
  "content-type": "text/event-stream; charset=utf-8",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

type Headers = Answer["headers"];

/** A stage at a path. */
interface Route {
  readonly name: string;
  readonly stage: AnyStage;
  readonly open: OpenRun;
}

/**
 * Serves each stage at `/<name>`.
 *
 * One that takes a value is called with POST: the JSON body is its input, its values come as server-sent events with ids,
 * then an `end` or an `error`. A unary stage answers with `{"value": ...}` as JSON
 * once it has its value, unless the caller accepts `text/event-stream`.
 * A stage that fails before the headers are sent answers with `{"error": {...}}` and the status of its code. To that end
 * the headers wait for the first value, but at most `headersAfter` milliseconds: then they go out, so that proxies and
 * clients see a live connection, and a later error comes as a frame. Every response names its run in `iftk-run`.
 *
 * One that takes a stream is called over a WebSocket with the subprotocol `iftk.v1`, which carries the same frames both ways;
 * `toUpgradeListener` brings them from node:http. There a refusal, too, comes as a frame.
 *
 * What comes to any other path goes to the `fallback`.
 *
 * The caller who leaves aborts the stage's signal, and a deadline that it sends along is the stage's.
 * Throws StageError `invalid_argument` for a name that cannot stand in a path, a route that is no stage and a window that is none.
 */
export function serve(routes: Readonly<Record<string, AnyStage>>, options: ServeOptions = {}): (request: Request) => Promise<Response> {
  return serveWithin(new RunLimit(options.maxRuns), routes, options);
}

/** Answers paths beside those of stages; undefined for those that it does not know. */
export type AnswerBeside = (asked: Asked) => Promise<Answer> | undefined;

/** The same within a limit of runs that others share, with other paths beside those of the stages, which pages may GET, POST and DELETE. */
export function serveWithin(runs: RunLimit, routes: Readonly<Record<string, AnyStage>>, options: ServeOptions, beside?: AnswerBeside): (request: Request) => Promise<Response> {
  const { maxBodyBytes = 2 ** 20, maxMessageBytes = 2 ** 20, window = 64, headersAfter = 1000, heartbeat = 15_000, fallback, onError = () => {} } = options;
  const stages = new Map(Object.entries(routes).map(([name, stage]): [string, Route] => [`/${name}`, { name, stage: checkRoute(name, stage), open: openerOf(stage) }]));
  const origins = new Set(options.origins);
  requireNumber("window", window, 1, "whole");
  const host: RunHost = { heartbeats: new Heartbeats(heartbeat), turnEnd: new TurnEnd(), onError, onFinish: () => runs.release() };

  async function run(asked: Asked, { name, stage, open }: Route, id: string, forPages: Headers): Promise<Answer> {
    let isClaimed = false;
    let body: StageRun | undefined;
    try {
      if (!takesValue(stage.mode)) throw new StageError("unimplemented", `The stage at /${name} takes a stream (${stage.mode}); call it over a WebSocket with the subprotocol ${socketProtocol}.`, { reason: "mode" });
      const deadline = deadlineOf(asked);
      runs.claim();
      isClaimed = true;
      const input = parseJson(await requestText(asked, maxBodyBytes));
      body = new StageRun({ open, input, deadline, caller: asked.caller, host, name: { id, route: name } });
      if (stage.mode === "unary" && !acceptsEvents(asked)) return valueAnswer(body.value(await body.readValue()), id, forPages);
      await body.ready(headersAfter);
      return { status: 200, headers: { ...sseHeaders, ...forPages, "iftk-run": id }, body };
    } catch (error) {
      body?.fail(error);
      return errorAnswer(error, { headers: { ...forPages, "iftk-run": id } });
    } finally {
      if (isClaimed && !body) runs.release(); // a run gives its place back by itself
    }
  }

  function answer(asked: Asked): Answer | Delegation | Promise<Answer> {
    const origin = judgeOrigin(asked, origins);
    const route = stages.get(asked.path);
    const id = crypto.randomUUID();
    if (route && origin.isAllowed && asked.method === "POST" && hasJsonType(asked)) return run(asked, route, id, origin.headers);
    return answerOther(asked, route, origin, { ...origin.headers, "iftk-run": id });
  }

  /** Whatever starts no run. */
  function answerOther(asked: Asked, route: Route | undefined, origin: OriginVerdict, headers: Headers): Answer | Delegation | Promise<Answer> {
    const refuse = (status: number, error: StageError, more?: Headers): Answer => errorAnswer(error, { status, headers: { ...headers, ...more } });
    if (!origin.isAllowed) return refuse(403, originRefused());
    if (asked.method === "OPTIONS" && (route || beside)) return preflight(asked, headers, beside ? "GET, POST, DELETE" : "POST");
    if (!route) {
      const answered = beside?.(asked);
      if (answered) return answerBeside(answered, origin.headers);
      return fallback ? { handler: fallback } : refuse(404, routeUnknown());
    }
    if (asked.method !== "POST") return refuse(405, new StageError("unimplemented", "A stage is called with POST.", { reason: "method" }), { allow: "POST, OPTIONS" });
    return refuse(415, new StageError("invalid_argument", "The input must be sent as content-type application/json.", { reason: "content-type" }));
  }

  function runOverSocket(socket: ServerSocket, route: Route | undefined): SocketHearer {
    try {
      if (!route) throw routeUnknown();
      const { name, stage, open } = route;
      if (takesValue(stage.mode)) throw new StageError("unimplemented", `The stage at /${name} takes one value (${stage.mode}); call it with POST.`, { reason: "mode" });
      runs.claim();
      return new SocketRun({ open, socket, host, name: { id: crypto.randomUUID(), route: name }, window, maxMessageBytes });
    } catch (error) {
      return refuseSocket(socket, error);
    }
  }

  return withSockets(toHandler(answer), function acceptSocket(asked): SocketAcceptance | Answer {
    if (!judgeOrigin(asked, origins).isAllowed) return errorAnswer(originRefused(), { status: 403 });
    const route = stages.get(asked.path);
    if (protocolsOf(asked.header("sec-websocket-protocol") ?? "").includes(socketProtocol)) {
      return { maxMessageBytes, accept: (socket) => runOverSocket(socket, route) };
    }
    if (!route) return errorAnswer(routeUnknown(), { status: 404 });
    return errorAnswer(new StageError("unimplemented", `A WebSocket to a stage speaks the subprotocol ${socketProtocol}; ask for it.`, { reason: "mode" }), { status: 400 });
  });
}

/** An answer of a path beside the stages, which the page that asked may read. */
async function answerBeside(answered: Promise<Answer>, forPages: Headers): Promise<Answer> {
  const { status, headers, body } = await answered.catch((error: unknown) => errorAnswer(error));
  return { status, headers: { ...headers, ...forPages }, body };
}

function originRefused(): StageError {
  return new StageError("permission_denied", "Pages of this origin may not call this server; list it in `origins` to let them.", { reason: "origin" });
}

function routeUnknown(): StageError {
  return new StageError("not_found", "There is no stage at this path.", { reason: "route" });
}

function checkRoute(name: string, stage: AnyStage): AnyStage {
  if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(name) || new URL(`http://host/${name}`).pathname !== `/${name}`) {
    throw new StageError("invalid_argument", `The route ${JSON.stringify(name)} cannot stand in a path; use letters, digits, "-", "_", "." and "/".`);
  }
  if (typeof stage !== "function" || typeof stage.mode !== "string") {
    throw new StageError("invalid_argument", `The route ${JSON.stringify(name)} is not a stage; declare it with unary, outputStream, inputStream or bidi.`);
  }
  return stage;
}

function acceptsEvents(asked: Asked): boolean {
  const accepted = asked.header("accept");
  return accepted !== undefined && accepted !== "application/json" && /\btext\/event-stream\b/i.test(accepted);
}

function valueAnswer(json: string | undefined, id: string, forPages: Headers): Answer {
  const headers = { ...jsonHeaders, "iftk-run": id }; // a second object spread into it would cost more than all of it
  return { status: 200, headers: forPages === noHeaders ? headers : { ...headers, ...forPages }, body: json === undefined ? "{}" : `{"value":${json}}` };
}
