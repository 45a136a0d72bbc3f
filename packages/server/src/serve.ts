/** Stages behind HTTP: POST with a JSON body, answered by server-sent events. */
import { StageError } from "@iftk/core";
import type { AnyStage } from "@iftk/core";
import { errorAnswer, jsonHeaders } from "./error-answer.js";
import type { Answer, Asked } from "./exchange.js";
import { Heartbeats } from "./heartbeats.js";
import { judgeOrigin, preflight } from "./origin.js";
import { hasJsonType, requestJson } from "./request-json.js";
import { openerOf, type OpenRun } from "./served-stage.js";
import { StageRun, type RunHost, type RunName } from "./stage-run.js";
import { TurnEnd } from "./turn-end.js";
import { toHandler } from "./web-exchange.js";

export interface ServeOptions {
  /** Bytes that a request body may have; 1 MiB without it. */
  readonly maxBodyBytes?: number;
  /** Runs at one time; 256 without it. One more is refused with 503 and `retry-after`. */
  readonly maxRuns?: number;
  /** Origins of other hosts whose pages may call, such as `https://app.example.com`. */
  readonly origins?: readonly string[];
  /** Milliseconds to wait for the first value or error before the headers are sent all the same; 1000 without it. */
  readonly headersAfter?: number;
  /** Milliseconds between the comments that keep a quiet connection open; 15000 without it, 0 for none. */
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

/** A stage at a path. */
interface Route {
  readonly name: string;
  readonly stage: AnyStage;
  readonly open: OpenRun | undefined;
}

/**
 * Serves each stage at `POST /<name>`: the JSON body is its input, its values come as server-sent events with ids,
 * then an `end` or an `error`. A unary stage answers `{"value": ...}` to who accepts `application/json` alone.
 *
 * A stage that fails before the headers are sent answers with `{"error": {...}}` and the status of its code. To that end
 * the headers wait for the first value, but at most `headersAfter` milliseconds: then they go out, so that proxies and
 * clients see a live connection, and a later error comes as a frame.
 *
 * The caller who leaves aborts the stage's signal. Every response names its run in `iftk-run`.
 * Throws StageError `invalid_argument` for a name that cannot stand in a path and for a route that is no stage.
 */
export function serve(routes: Readonly<Record<string, AnyStage>>, options: ServeOptions = {}): (request: Request) => Promise<Response> {
  const { maxBodyBytes = 2 ** 20, maxRuns = 256, headersAfter = 1000, heartbeat = 15_000, onError = () => {} } = options;
  const stages = new Map(Object.entries(routes).map(([name, stage]): [string, Route] => [`/${name}`, { name, stage: checkRoute(name, stage), open: openerOf(stage) }]));
  const origins = new Set(options.origins);
  let runs = 0;
  const host: RunHost = { heartbeats: new Heartbeats(heartbeat), turnEnd: new TurnEnd(), onError, onFinish: () => (runs -= 1) };

  async function run(asked: Asked, { name, stage, open }: Route, id: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    if (!open) throw new StageError("unimplemented", `The stage at /${name} takes a stream (${stage.mode}); over POST only unary and output-stream stages are served.`, { reason: "mode" });
    if (runs >= maxRuns) {
      throw new StageError("unavailable", `The server already runs ${maxRuns} calls; try again later.`, { reason: "overloaded", retryAfter: 1000 });
    }
    runs += 1;
    let isStarted = false;
    try {
      const input = await requestJson(asked, maxBodyBytes);
      const body = new StageRun({ open, input, caller: asked.caller, host, name: { id, route: name } });
      isStarted = true;
      if (stage.mode === "unary" && wantsJson(asked)) return valueAnswer(await body.json(), headers);
      await body.ready(headersAfter);
      return { status: 200, headers: { ...sseHeaders, ...headers }, body };
    } finally {
      if (!isStarted) runs -= 1;
    }
  }

  return toHandler(async function answer(asked) {
    const id = crypto.randomUUID();
    const origin = judgeOrigin(asked, origins);
    const headers = { ...origin.headers, "iftk-run": id };
    const refuse = (status: number, error: StageError, more?: Readonly<Record<string, string>>): Answer => errorAnswer(error, { status, headers: { ...headers, ...more } });
    if (!origin.isAllowed) {
      return refuse(403, new StageError("permission_denied", "Pages of this origin may not call this server; list it in `origins` to let them.", { reason: "origin" }));
    }
    const route = stages.get(asked.path);
    if (!route) return refuse(404, new StageError("not_found", "There is no stage at this path.", { reason: "route" }));
    if (asked.method === "OPTIONS") return preflight(asked, headers);
    if (asked.method !== "POST") {
      return refuse(405, new StageError("unimplemented", "A stage is called with POST.", { reason: "method" }), { allow: "POST, OPTIONS" });
    }
    if (!hasJsonType(asked)) {
      return refuse(415, new StageError("invalid_argument", "The input must be sent as content-type application/json.", { reason: "content-type" }));
    }
    try {
      return await run(asked, route, id, headers);
    } catch (error) {
      return errorAnswer(error, { headers });
    }
  });
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

function wantsJson(asked: Asked): boolean {
  const accept = asked.header("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/event-stream");
}

function valueAnswer(json: string | undefined, headers: Readonly<Record<string, string>>): Answer {
  return { status: 200, headers: { ...jsonHeaders, ...headers }, body: json === undefined ? "{}" : `{"value":${json}}` };
}
