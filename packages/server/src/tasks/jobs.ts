/** Runs that nobody waits for: started now, asked about later. */
import { StageError } from "@iftk/core";
import { toErrorFields, type ErrorFields } from "@iftk/wire";

export type JobState = "queued" | "running" | "completed" | "canceled" | "failed";

/** What is told of a job. */
export interface JobStatus {
  readonly id: string;
  /** What it is a job of, such as the name of a task. */
  readonly name: string;
  readonly status: JobState;
  /** Parts of its result that it has so far. */
  readonly progress: number;
  /** Milliseconds since the epoch. */
  readonly queuedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Why it failed. */
  readonly error?: ErrorFields;
}

export interface JobsOptions {
  /** Jobs that run at one time; 4 without it. */
  readonly maxRunning?: number;
  /** Jobs that wait for their turn; 256 without it. One more is refused with `unavailable`. */
  readonly maxQueued?: number;
  /** Milliseconds for which a job that has ended is remembered with its result; an hour without it. */
  readonly ttl?: number;
  /** Ended jobs that are remembered; 256 without it. With one more the oldest is forgotten. */
  readonly maxKept?: number;
  /** Hears the errors of jobs with all that is not told of them; for logs. */
  readonly onError?: (error: unknown, job: JobStatus) => void;
}

/** What a job does: it ends when the signal fires, and counts up the parts of its result. */
export type JobRun = (signal: AbortSignal, onPart: () => void) => Promise<unknown>;

/** Jobs, each known by an id that cannot be guessed. */
export interface Jobs extends AsyncDisposable {
  /** Starts a job, or puts it in line. Throws StageError `unavailable` with reason `overloaded` where the line is full. */
  start(name: string, run: JobRun): JobStatus;
  /** Throws StageError `not_found` with reason `job` for one that is not known, or no longer. */
  status(id: string): JobStatus;
  /** What a job gave. Throws what it failed with, `canceled` for one that was cancelled, `failed_precondition` with reason `not-ready` for one that has not ended, and as `status` does. */
  result(id: string): unknown;
  /** Ends a job that has not ended; its signal fires before this returns. Throws as `status` does. */
  cancel(id: string): JobStatus;
  /** Cancels all jobs and takes no more; resolves when none runs. */
  close(): Promise<void>;
}

interface Job {
  status: JobStatus;
  readonly run: JobRun;
  readonly abort: AbortController;
  result?: unknown;
  failure?: { readonly error: unknown };
}

const longestTimer = 2 ** 31 - 1;

/** Runs it so that what it throws at once is a rejection too. */
async function begin(run: JobRun, signal: AbortSignal, onPart: () => void): Promise<unknown> {
  return run(signal, onPart);
}

/** Keeps jobs in this process: they run in the order in which they were started. */
export function createJobs({ maxRunning = 4, maxQueued = 256, ttl = 3_600_000, maxKept = 256, onError = () => {} }: JobsOptions = {}): Jobs {
  const jobs = new Map<string, Job>();
  const queue = new Set<Job>();
  const running = new Map<Job, Promise<void>>();
  /** Those that have ended, the oldest first. */
  const ended = new Set<Job>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  function find(id: string): Job {
    forgetOld();
    const job = jobs.get(id);
    if (!job) throw new StageError("not_found", `There is no job ${JSON.stringify(id.slice(0, 64))}, or it has ended too long ago.`, { reason: "job" });
    return job;
  }

  function next(): void {
    for (const job of queue) {
      if (running.size >= maxRunning) return;
      queue.delete(job);
      job.status = { ...job.status, status: "running", startedAt: Date.now() };
      running.set(job, work(job));
    }
  }

  async function work(job: Job): Promise<void> {
    const { signal } = job.abort;
    const onPart = (): void => {
      if (job.status.status === "running") job.status = { ...job.status, progress: job.status.progress + 1 };
    };
    try {
      job.result = await begin(job.run, signal, onPart);
      end(job, { status: "completed" });
    } catch (error) {
      if (job.status.status === "canceled") return;
      job.failure = { error };
      end(job, { status: "failed", error: toErrorFields(error) });
      try {
        onError(error, job.status);
      } catch {
        // A log that fails must not end the jobs after it.
      }
    } finally {
      running.delete(job);
      next();
    }
  }

  /** The first end of a job is its only one. */
  function end(job: Job, how: Pick<JobStatus, "status" | "error">): void {
    if (job.status.endedAt !== undefined) return void delete job.result;
    job.status = { ...job.status, ...how, endedAt: Date.now() };
    ended.add(job);
    forgetOld();
  }

  function forgetOld(): void {
    for (const job of ended) {
      const isOld = Date.now() - (job.status.endedAt ?? 0) >= ttl;
      if (!isOld && ended.size <= maxKept) break;
      ended.delete(job);
      jobs.delete(job.status.id);
    }
    clearTimeout(timer);
    const [oldest] = ended;
    if (!oldest) return;
    timer = setTimeout(forgetOld, Math.min(Math.max((oldest.status.endedAt ?? 0) + ttl - Date.now(), 1), longestTimer));
    (timer as { unref?: () => void }).unref?.(); // what is only remembered keeps no process alive
  }

  function cancel(job: Job): void {
    if (job.status.endedAt !== undefined) return;
    queue.delete(job);
    end(job, { status: "canceled" });
    job.abort.abort(new StageError("canceled", "The job was cancelled.", { reason: "stopped" }));
  }

  async function close(): Promise<void> {
    isClosed = true;
    for (const job of [...queue, ...running.keys()]) cancel(job);
    await Promise.all(running.values());
    clearTimeout(timer);
  }

  return {
    start(name, run) {
      if (isClosed) throw new StageError("unavailable", "The server takes no more jobs.", { reason: "draining" });
      if (running.size >= maxRunning && queue.size >= maxQueued) {
        throw new StageError("unavailable", `${maxQueued} jobs are waiting already; try again later.`, { reason: "overloaded", retryAfter: 1000 });
      }
      const status: JobStatus = { id: crypto.randomUUID(), name, status: "queued", progress: 0, queuedAt: Date.now() };
      const job: Job = { status, run, abort: new AbortController() };
      jobs.set(status.id, job);
      queue.add(job);
      next();
      return job.status;
    },
    status: (id) => find(id).status,
    result(id) {
      const { status, result, failure } = find(id);
      if (status.status === "completed") return result;
      if (status.status === "canceled") throw new StageError("canceled", "The job was cancelled.", { reason: "stopped" });
      if (failure) throw failure.error;
      throw new StageError("failed_precondition", `The job is ${status.status}; ask for its result when its status is completed.`, { reason: "not-ready" });
    },
    cancel(id) {
      const job = find(id);
      cancel(job);
      return job.status;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
