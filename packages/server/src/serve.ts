/** Stages behind HTTP: POST with a JSON body, answered by server-sent events. */
import { StageError } from "@iftk/core";
import type { AnyStage } from "@iftk/core";
import { errorResponse, jsonHeaders } from "./error-response.js";
import { judgeOrigin, preflightResponse } from "./origin.js";
import { hasJsonType, requestJson } from "./request-json.js";
import { runResponse } from "./run-body.js";
import { StageRun } from "./stage-run.js";
import type { ServedStage } from "./stage-run.js";

/** A function from a request to its response, as every Web server takes it. */
export type Handler = (request: Request) => Promise<Response> | Response;

/** The run that an error belongs to. */
export interface RunName {
  /** The id in the response's `iftk-run` header. */
  readonly id: string;
  readonly route: string;
}

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
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

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
  const stages = new Map(Object.entries(routes).map(([name, stage]) => [`/${name}`, checkRoute(name, stage)]));
  const origins = new Set(options.origins);
  let runs = 0;

  async function answer(request: Request, stage: AnyStage, route: string, id: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const servedStage = requireServed(stage, route);
    if (runs >= maxRuns) {
      throw new StageError("unavailable", `The server already runs ${maxRuns} calls; try again later.`, { reason: "overloaded", retryAfter: 1000 });
    }
    runs += 1;
    let isStarted = false;
    try {
      const input = await requestJson(request, maxBodyBytes);
      const run = new StageRun(servedStage, input, request.signal, {
        heartbeat,
        onError: (error) => onError(error, { id, route }),
        onFinish: () => (runs -= 1),
      });
      isStarted = true;
      if (stage.mode === "unary" && wantsJson(request)) return valueResponse(await run.json(), headers);
      await run.ready(headersAfter);
      return runResponse(run, { ...sseHeaders, ...headers });
    } finally {
      if (!isStarted) runs -= 1;
    }
  }

  return async function handle(request) {
    const id = crypto.randomUUID();
    const origin = judgeOrigin(request, origins);
    const headers = { ...origin.headers, "iftk-run": id };
    const refuse = (status: number, error: StageError, more?: Readonly<Record<string, string>>): Response =>
      errorResponse(error, { status, headers: { ...headers, ...more } });
    if (!origin.isAllowed) {
      return refuse(403, new StageError("permission_denied", "Pages of this origin may not call this server; list it in `origins` to let them.", { reason: "origin" }));
    }
    const path = new URL(request.url).pathname;
    const stage = stages.get(path);
    if (!stage) return refuse(404, new StageError("not_found", "There is no stage at this path.", { reason: "route" }));
    if (request.method === "OPTIONS") return preflightResponse(request, headers);
    if (request.method !== "POST") {
      return refuse(405, new StageError("unimplemented", "A stage is called with POST.", { reason: "method" }), { allow: "POST, OPTIONS" });
    }
    if (!hasJsonType(request)) {
      return refuse(415, new StageError("invalid_argument", "The input must be sent as content-type application/json.", { reason: "content-type" }));
    }
    try {
      return await answer(request, stage, path.slice(1), id, headers);
    } catch (error) {
      return errorResponse(error, { headers });
    }
  };
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

function requireServed(stage: AnyStage, route: string): ServedStage {
  if (stage.mode === "unary" || stage.mode === "output-stream") return stage as ServedStage;
  throw new StageError("unimplemented", `The stage at /${route} takes a stream (${stage.mode}); over POST only unary and output-stream stages are served.`, { reason: "mode" });
}

function wantsJson(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/event-stream");
}

function valueResponse(json: string | undefined, headers: Readonly<Record<string, string>>): Response {
  return new Response(json === undefined ? "{}" : `{"value":${json}}`, { headers: { ...jsonHeaders, ...headers } });
}
