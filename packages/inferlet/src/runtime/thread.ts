/** The thread of one program. */
import { Worker, type ResourceLimits, type WorkerOptions } from "node:worker_threads";
import { StageError, type AnyStage, type Bidi, type Unary } from "@iftk/core";
import { serveStages, workerStage } from "@iftk/core/worker";
import type { Outcome } from "../session/inferlet.js";
import type { SpawnLimits } from "../session/runtime.js";
import type { ProgramBackends } from "./program-backends.js";
import type { Ending, Start, Started } from "./spawned.js";
import { serveThreadBackends } from "./thread-backend.js";
import { served, type ThreadData } from "./thread-protocol.js";

/** How threads are made. */
export interface ThreadOptions {
  /** Flags of Node for the thread, such as `--import`. */
  readonly execArgv?: readonly string[];
  /** What it sees as its environment; nothing by default, so that keys stay with the runtime. */
  readonly env?: Readonly<Record<string, string>>;
  /** The module that exports `serveSpawned`: `@iftk/inferlet/runtime` as it is installed, by default. */
  readonly entry?: URL | string;
  /** Milliseconds in which a program that is aborted or left may run its `finally` blocks before its thread is ended; 1000 by default. */
  readonly grace?: number;
}

/** What the thread is told, and what it may call here. */
export interface ThreadJob {
  readonly data: Omit<ThreadData, "entry">;
  readonly limits: SpawnLimits;
  readonly options: ThreadOptions;
  readonly stages: Readonly<Record<string, AnyStage>>;
  readonly backends: ProgramBackends;
}

/** The first module of a thread. It is no script that is evaluated, as before those `--import` is not heeded. */
const bootstrap = new URL(`data:text/javascript,${encodeURIComponent(`
  import { workerData } from "node:worker_threads";
  const { serveSpawned } = await import(workerData.entry);
  serveSpawned();
`)}`);

/**
 * Starts a program in a thread of its own.
 *
 * @throws StageError `invalid_argument` for arguments that cannot be sent.
 */
export function startThread({ data, limits, options, stages, backends }: ThreadJob, { input, signal, deadline }: Start): Started {
  const { grace = 1000, entry = import.meta.resolve("@iftk/inferlet/runtime") } = options;
  const worker = createWorker({ ...data, entry: String(entry) }, limits, options);
  let death: StageError | undefined;
  worker.on("error", (cause) => (death = deathOf(data.name, limits, cause)));
  worker.on("exit", () => (death ??= new StageError("unavailable", `runtime: the thread of ${data.name} has ended`, { reason: "truncated" })));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended: Promise<void> | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => void worker.terminate(), grace);
    ended = over(undefined).catch(() => {}); // it may be deaf, until its grace is over
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const here = serveStages(worker, stages);
  const endBackends = serveThreadBackends(worker, backends);
  const program = workerStage<Bidi<unknown, Outcome>>(worker, served.program, "bidi");
  const over = workerStage<Unary<undefined, void>>(worker, served.over, "unary");
  return {
    outcomes: program(input, { signal, deadline }),
    failureOf: (error) => death ?? error,
    async close(how: Ending) {
      if (how === "left") await ended;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      return { freed: Promise.allSettled([worker.terminate(), here.close(), endBackends()]) };
    },
  };
}

function createWorker(data: ThreadData, { memory }: SpawnLimits, { execArgv, env = {} }: ThreadOptions): Worker {
  const resourceLimits: ResourceLimits | undefined = memory === undefined ? undefined : { maxOldGenerationSizeMb: Math.ceil(memory / 2 ** 20) };
  const options: WorkerOptions = { name: data.name, workerData: data, env: { ...env }, ...(execArgv && { execArgv: [...execArgv] }), ...(resourceLimits && { resourceLimits }) };
  try {
    return new Worker(bootstrap, options);
  } catch (cause) {
    if ((cause as Partial<DOMException>).name !== "DataCloneError") throw cause;
    throw new StageError("invalid_argument", `runtime: the arguments of ${data.name} cannot be sent to another thread; give it plain data`, { cause });
  }
}

function deathOf(name: string, { memory }: SpawnLimits, cause: unknown): StageError {
  if ((cause as { code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    const bound = memory === undefined ? "the heap that a thread has" : `the ${memory} bytes that it may`;
    return new StageError("resource_exhausted", `runtime: ${name} used more memory than ${bound}`, { reason: "memory", cause });
  }
  return new StageError("unavailable", `runtime: the thread of ${name} died`, { reason: "truncated", cause });
}
