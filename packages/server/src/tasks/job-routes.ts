/** Jobs over HTTP: started, asked about and cancelled under the path of their task. */
import { StageError, tap } from "@iftk/core";
import type { InputStream, OutputStream } from "@iftk/core";
import type { AnyTask } from "@iftk/core/task";
import { checkTaskRequest, encodeValue, servedFlavour, taskPath, type Models } from "@iftk/wire";
import { errorAnswer, jsonHeaders } from "../error-answer.js";
import type { Answer, Asked } from "../exchange.js";
import { hasJsonType, requestJson } from "../request-json.js";
import type { Jobs, JobStatus } from "./jobs.js";
import { methodRefused, valueAnswer } from "./task-answers.js";

export interface JobRoutesOptions {
  readonly tasks: readonly AnyTask[];
  readonly models: Models;
  readonly jobs: Jobs;
  readonly maxBodyBytes: number;
}

/**
 * Starts a job of a task once its request was checked. Its progress counts the parts of its output.
 * Throws what the served flavour of the task throws for its request, what `jobs.start` throws, and the reason of the signal.
 */
export async function startTaskJob(jobs: Jobs, task: AnyTask, request: unknown, models: Models, signal: AbortSignal): Promise<JobStatus> {
  await checkTaskRequest(task, request, (id, call) => models.resolve(id, call), { signal });
  signal.throwIfAborted(); // nobody would learn its id
  const parts = servedFlavour(task, "output-stream", (id, call) => models.resolve(id, call)) as OutputStream<unknown, unknown>;
  const whole = task.joinOutput as InputStream<unknown, unknown>;
  return jobs.start(task.name, (running, onPart) => whole(tap(onPart)(parts(request, { signal: running })), { signal: running }));
}

/** The status of a job of a task. Throws as `jobs.status` does, also for a job of another task. */
export function taskJob(jobs: Jobs, task: AnyTask, id: string): JobStatus {
  const known = jobs.status(id);
  if (known.name === task.name) return known;
  throw new StageError("not_found", `There is no job ${JSON.stringify(id.slice(0, 64))} of ${task.name}.`, { reason: "job" });
}

const answers: ReadonlySet<string | undefined> = new Set(["job", "not-ready", "stopped"]);

/** Whether an error only says how it is with a job, so that no log needs to hear of it. */
export function isAnswer(error: unknown): boolean {
  return StageError.is(error) && answers.has(error.reason);
}

/** Answers for the paths of jobs; undefined for any other path. */
export function jobRoutes({ tasks, models, jobs, maxBodyBytes }: JobRoutesOptions): (asked: Asked) => Promise<Answer> | undefined {
  const byPath = new Map(tasks.map((task) => [`/${taskPath(task.name, "unary")}/job`, task]));

  async function start(asked: Asked, task: AnyTask): Promise<Answer> {
    if (asked.method !== "POST") return methodRefused("POST");
    if (!hasJsonType(asked)) return errorAnswer(new StageError("invalid_argument", "The request must be sent as content-type application/json.", { reason: "content-type" }), { status: 415 });
    const leaving = new AbortController();
    asked.caller.onLeave(() => leaving.abort(new StageError("canceled", "The caller left.", { reason: "caller-left" })));
    try {
      const request = await requestJson(asked, maxBodyBytes);
      return valueAnswer(await startTaskJob(jobs, task, request, models, leaving.signal), 202);
    } finally {
      asked.caller.onLeave(undefined);
    }
  }

  async function askAbout(asked: Asked, task: AnyTask, id: string, isResult: boolean): Promise<Answer> {
    const known = taskJob(jobs, task, id);
    if (isResult) return asked.method === "GET" ? resultAnswer(jobs, id) : methodRefused("GET");
    if (asked.method === "GET") return valueAnswer(known);
    return asked.method === "DELETE" ? valueAnswer(jobs.cancel(id)) : methodRefused("GET", "DELETE");
  }

  return (asked) => {
    if (!asked.path.includes("/job")) return undefined; // a look costs less than the match
    const [, path = "", id, result] = /^(.*\/job)(?:\/([^/]+)(\/result)?)?$/.exec(asked.path) ?? [];
    const task = byPath.get(path);
    if (!task) return undefined;
    return id === undefined ? start(asked, task) : askAbout(asked, task, id, result !== undefined);
  };
}

function resultAnswer(jobs: Jobs, id: string): Answer {
  try {
    return { status: 200, headers: jsonHeaders, body: `{"value":${encodeValue(jobs.result(id))}}` };
  } catch (error) {
    const isEarly = StageError.is(error) && error.reason === "not-ready";
    return errorAnswer(error, isEarly ? { status: 409 } : {});
  }
}
