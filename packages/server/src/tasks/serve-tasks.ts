/** A server of tasks: the models behind it, in all four modes, and what is to be known around them. */
import { StageError } from "@iftk/core";
import type { AnyStage, Mode } from "@iftk/core";
import type { AnyTask, Model } from "@iftk/core/task";
import { modelsOf, servedFlavour, taskPath, type Models } from "@iftk/wire";
import { protect } from "../bearer-guard.js";
import type { Tokens } from "../bearer-check.js";
import { withDrain } from "../drain-hook.js";
import { drainingError } from "../draining-error.js";
import { errorAnswer } from "../error-answer.js";
import type { Answer, Asked } from "../exchange.js";
import { judgeOrigin } from "../origin.js";
import { RunLimit } from "../run-limit.js";
import { serveWithin, type ServeOptions } from "../serve.js";
import { acceptorOf, withSockets } from "../socket-acceptor.js";
import { answererOf, toHandler, type Answerer, type Delegation } from "../web-exchange.js";
import { isAnswer, jobRoutes } from "./job-routes.js";
import { createJobs, type Jobs, type JobsOptions } from "./jobs.js";
import type { JsonObject } from "./json-schema.js";
import { openApi } from "./openapi.js";
import { serverRoutes } from "./server-routes.js";
import { withTaskHost } from "./task-host.js";

export interface ServeTasksOptions extends ServeOptions {
  readonly tasks: readonly AnyTask[];
  /** The models that do them; of a list with one, that one is taken where a call names none. */
  readonly models: Models | readonly Model[];
  /** What the server is called in its OpenAPI document and at `/info/version`; "Models" without it. */
  readonly domain?: string;
  /** Its version there; "1.0.0" without it. */
  readonly version?: string;
  /** Those who may call; everyone without it. `/health` is open to all. */
  readonly tokens?: Tokens;
  /** How jobs are kept; false for none. Where they have no `onError` of their own, that of the server hears of theirs, with their id and name. */
  readonly jobs?: JobsOptions | false;
  /** Whether models may be loaded and taken away over HTTP, by who may call at all; the models must know how. */
  readonly management?: boolean;
}

/** A handler of Web requests, and of the sockets that `toUpgradeListener` brings. */
export interface TaskServer {
  (request: Request): Promise<Response>;
  readonly models: Models;
  /** Undefined where there are none. */
  readonly jobs: Jobs | undefined;
  /** The document at `/openapi.json`. */
  readonly openApi: JsonObject;
  /** From now on `/health` says no and new calls are refused with 503; jobs are cancelled, and what else runs goes on. `listen` calls it when it goes. */
  drain(): Promise<void>;
}

const modes: readonly Mode[] = ["unary", "output-stream", "input-stream", "bidi"];

/**
 * Serves every task in every mode: `POST /api/v1/task/<name>`, `POST /api/v1/task/server-streaming-<name>` and WebSockets at
 * `client-streaming-<name>` and `bidi-streaming-<name>`, each with `{ model, input, parameters }`; jobs under `/api/v1/task/<name>/job`;
 * `/openapi.json`, `/health`, `/info/version`, `/info/models` and `/management/models`.
 *
 * Throws StageError `invalid_argument` for two tasks at one path, and for what `serve`, `modelsOf` and `protect` refuse;
 * `failed_precondition` for management of models that have none.
 */
export function serveTasks(options: ServeTasksOptions): TaskServer {
  const { tasks, domain = "Models", version = "1.0.0", tokens, management = false, maxBodyBytes = 2 ** 20, maxMessageBytes = 2 ** 20, onError = () => {} } = options;
  const models = modelsOf(options.models);
  const jobs = options.jobs === false ? undefined : createJobs({ onError: (error, { id, name }) => onError(error, { id, route: name }), ...options.jobs });
  const document = openApi({ tasks, title: domain, version, isProtected: tokens !== undefined, hasJobs: jobs !== undefined, hasManagement: management });
  const runs = new RunLimit(options.maxRuns);
  const answerJob = jobs && jobRoutes({ tasks, models, jobs, maxBodyBytes });
  const answerServer = serverRoutes({ models, document, info: { name: domain, version }, management, maxBodyBytes });
  const stages = serveWithin(runs, routesOf(tasks, models), options, answerBeside);
  const answerStage = answererOf(stages) as Answerer;
  const origins = new Set(options.origins);
  const draining = new AbortController();

  function answer(asked: Asked): Answer | Delegation | Promise<Answer | Delegation> {
    return draining.signal.aborted ? errorAnswer(drainingError(), { headers: judgeOrigin(asked, origins).headers }) : answerStage(asked);
  }

  function answerBeside(asked: Asked): Promise<Answer> | undefined {
    const answered = answerServer(asked) ?? answerJob?.(asked);
    answered?.catch((error: unknown) => isAnswer(error) || report(error, asked.path));
    return answered;
  }

  function report(error: unknown, path: string): void {
    try {
      onError(error, { id: crypto.randomUUID(), route: path.slice(1) });
    } catch {
      // A log that fails must not take the process with it.
    }
  }

  async function drain(): Promise<void> {
    draining.abort();
    await jobs?.close();
  }

  const acceptor = acceptorOf(stages);
  const handler = toHandler(answer);
  if (acceptor) withSockets(handler, (asked) => (draining.signal.aborted ? errorAnswer(drainingError()) : acceptor(asked)));
  const outer = tokens === undefined ? handler : protect(handler, { tokens, open: ["/health"], ...(options.origins ? { origins: options.origins } : {}) });
  const largest = Math.max(maxBodyBytes, maxMessageBytes);
  withTaskHost(outer, { tasks, models, jobs, domain, tokens, origins: [...origins], runs, maxMessageBytes: largest, draining: draining.signal, onError });
  return withDrain(Object.assign(outer, { models, jobs, openApi: document, drain }), drain);
}

function routesOf(tasks: readonly AnyTask[], models: Models): Record<string, AnyStage> {
  const routes = new Map<string, AnyStage>();
  for (const task of tasks) {
    for (const mode of modes) {
      const path = taskPath(task.name, mode);
      if (routes.has(path)) throw new StageError("invalid_argument", `two tasks would be served at /${path}; give ${task.name} another name`);
      routes.set(path, servedFlavour(task, mode, (id, call) => models.resolve(id, call)));
    }
  }
  return Object.fromEntries(routes);
}
