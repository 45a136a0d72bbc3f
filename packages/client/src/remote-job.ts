/** Tasks that a server does while nobody is connected, as implementations here. */
import { intercept, unary, type AnyStage, type Call } from "@iftk/core";
import { pause } from "@iftk/core/authoring";
import { retry } from "@iftk/core/interceptors";
import { implement, type Implementation, type Task, type TaskTypes } from "@iftk/core/task";
import { remoteFlavours, taskPath } from "@iftk/wire";
import { callJson, type JsonQuestion } from "./call-json.js";
import type { RemoteTaskOptions } from "./remote-task.js";

/** What is told of a job while it goes on. */
export interface RemoteJobStatus {
  readonly id: string;
  readonly status: "queued" | "running" | "completed" | "canceled" | "failed";
  /** Parts of its result that it has so far. */
  readonly progress: number;
}

export interface RemoteJobOptions extends Omit<RemoteTaskOptions, "idleTimeout" | "webSocket" | "window"> {
  /** Milliseconds between two questions whether the job is done; 1000 without it. */
  readonly interval?: number;
  /** Times that a question about the job is asked where it fails in passing, with waits up to `interval` at first and twice as long each time; 5 without it. */
  readonly attempts?: number;
  /** Hears how far the job is, each time it was asked about. */
  readonly onStatus?: (status: RemoteJobStatus) => void;
}

/**
 * The task as jobs of a server of tasks: no connection is held while one runs, so that it lasts longer than any proxy waits.
 *
 * An abort cancels the job, and so does whatever else keeps its caller from the result. Errors are those of the job and of `remote`;
 * StageError `not_found` with reason `job` where the server has forgotten it, `canceled` where somebody else has cancelled it.
 */
export function remoteJob<T extends TaskTypes>(task: Task<T>, url: string | URL, options: RemoteJobOptions = {}): Implementation<T> {
  const { model, interval = 1000, attempts = 5, onStatus } = options;
  const jobs = `${String(url).replace(/\/+$/, "")}/${taskPath(task.name, "unary")}/job`;
  const ask = (question: JsonQuestion): Promise<unknown> => callJson(question, options);
  const look = unary((place: string, { signal }: Call) => ask({ method: "GET", url: place, signal }));
  const lookAgain = intercept(look, retry({ attempts, backoff: { initial: interval } }));

  async function run(request: unknown, { signal }: Call): Promise<unknown> {
    let job = (await ask({ method: "POST", url: jobs, body: request, signal })) as RemoteJobStatus;
    const place = `${jobs}/${encodeURIComponent(job.id)}`;
    try {
      for (onStatus?.(job); isGoing(job); onStatus?.(job)) {
        await pause(interval, signal);
        job = (await lookAgain(place, { signal })) as RemoteJobStatus;
      }
      const isThere = job.status === "completed"; // or else its error is what the question answers
      const result = (await (isThere ? lookAgain : look)(`${place}/result`, { signal })) as { readonly value?: unknown };
      return result.value;
    } catch (error) {
      // The caller is told at once; the server hears of it meanwhile.
      if (isGoing(job)) ask({ method: "DELETE", url: place, signal: AbortSignal.timeout(10_000) }).catch(() => {});
      throw error;
    }
  }
  const whole = remoteFlavours(task, () => unary(run) as AnyStage, model).unary;
  return implement<T>(task, { unary: whole });
}

const isGoing = ({ status }: RemoteJobStatus): boolean => status === "queued" || status === "running";
