/** Jobs as a service: started, asked about and cancelled by the methods of their tasks. */
import type { JobService, TaskJobMethods } from "@iftk/protobuf";
import type { Models } from "@iftk/wire";
import type { Message } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { drainingError } from "../draining-error.js";
import { startTaskJob, taskJob } from "../tasks/job-routes.js";
import type { Jobs, JobState, JobStatus } from "../tasks/jobs.js";
import type { ConnectService } from "./connect-service.js";
import { withModel } from "./request-model.js";
import { resultMessage } from "./result-message.js";

/** What jobs run on. */
export interface JobHost {
  readonly models: Models;
  readonly jobs: Jobs;
  /** Fires when the server begins to go: from then on no method is answered. */
  readonly draining: AbortSignal;
}

type JobRequest = Message & { readonly jobId: string };
type Method = ConnectService["implementation"][string];

/** The numbers of `caikit_data_model.common.JobStatus`. */
const states: Readonly<Record<JobState, number>> = { queued: 1, running: 2, completed: 3, canceled: 4, failed: 5 };

/** The service of the jobs of tasks. Its methods throw what `startTaskJob`, `taskJob` and `jobs.result` throw, and StageError `unavailable` once the server goes. */
export function jobService({ desc, tasks }: JobService, { models, jobs, draining }: JobHost): ConnectService {
  function methodsOf({ predict: { task, request, result: codec }, start, status, cancel, result }: TaskJobMethods): [string, Method][] {
    const ofTask = (answer: (id: string) => object) => ({ jobId }: JobRequest): object => {
      if (draining.aborted) throw drainingError();
      taskJob(jobs, task, jobId);
      return answer(jobId);
    };
    async function begin(message: Message, context: HandlerContext): Promise<object> {
      if (draining.aborted) throw drainingError();
      const { id } = await startTaskJob(jobs, task, withModel(request.fromMessage(message, true), context), models, context.signal);
      return { jobId: id };
    }
    return [
      [start.localName, begin],
      [status.localName, ofTask((id) => statusMessage(jobs.status(id)))],
      [cancel.localName, ofTask((id) => statusMessage(jobs.cancel(id)))],
      [result.localName, ofTask((id) => resultMessage(codec, jobs.result(id)))],
    ];
  }
  return { desc, implementation: Object.fromEntries(tasks.flatMap(methodsOf)) };
}

function statusMessage({ id, status, progress, queuedAt, startedAt, endedAt, error }: JobStatus): object {
  return {
    jobId: id,
    state: states[status],
    submissionTimestamp: timestampFromMs(queuedAt),
    ...(startedAt === undefined ? {} : { startTimestamp: timestampFromMs(startedAt) }),
    ...(endedAt === undefined ? {} : { completionTimestamp: timestampFromMs(endedAt) }),
    reasons: error ? [error.message] : [],
    progress,
  };
}
