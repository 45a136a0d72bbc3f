/** Tasks: begun, watched, and cancelled when nobody waits for them any more. */
import { StageError, type Stream } from "@iftk/core";
import type { Progress } from "@iftk/inference";
import { poll, providerError } from "@iftk/inference/http";
import { provider, type Client } from "./client.js";
import { unexpected } from "./failure.js";

/** What the API tells of a task. */
export interface Task {
  readonly id: string;
  readonly status: string;
  /** From 0 to 1. */
  readonly progress?: unknown;
  readonly output?: unknown;
  readonly failure?: unknown;
  readonly failureCode?: unknown;
}

/** Begins a task and gives its id. */
export async function beginTask(client: Client, path: string, body: object, signal: AbortSignal): Promise<string> {
  const { id } = fieldsOf(client, await client.ask("post", path, signal, body));
  if (typeof id !== "string" || id === "") throw unexpected("a task");
  return id;
}

const pathOf = (id: string): string => `/v1/tasks/${encodeURIComponent(id)}`;

/** Questions in a row that may fail in passing before the task is given up: it goes on meanwhile, and is paid for. */
const mostFailures = 4;

/** The states of a task up to the one that is its last. Of one that has just begun the first is known without a question. */
export function states(client: Client, id: string, isNew: boolean, signal: AbortSignal): Stream<Task> {
  const { pollInterval: interval = 5000, maxWait = 600_000 } = client.options;
  let last: Task = { id, status: "PENDING" };
  let isKnown = isNew;
  let failures = 0;
  const ask = async (limit: AbortSignal): Promise<Task> => {
    if (isKnown) {
      isKnown = false;
      return last;
    }
    try {
      last = read(client, await client.ask("get", pathOf(id), limit));
      failures = 0;
    } catch (error) {
      if (!StageError.is(error) || !error.retryable || limit.aborted || ++failures > mostFailures) throw error;
    }
    return last;
  };
  return poll({ ask, isDone: isOver, interval, maxWait, signal });
}

const ends: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

/** Whether nothing more comes of a task. */
export const isOver = ({ status }: Task): boolean => ends.has(status);

/** How far a task is. */
export function progressOf({ status, progress }: Task): Progress {
  const fraction = status === "SUCCEEDED" ? 1 : typeof progress === "number" && progress >= 0 && progress <= 1 ? progress : undefined;
  return { type: "progress", status, ...(fraction !== undefined && { fraction }) };
}

/** Milliseconds that a cancellation may take. */
const longestCancel = 5000;

/** Cancels a task in the background; whether that succeeds, nobody is told. */
export function cancelTask(client: Client, id: string): void {
  client.ask("delete", pathOf(id), AbortSignal.timeout(longestCancel)).catch(() => {});
}

function read(client: Client, reply: unknown): Task {
  const fields = fieldsOf(client, reply);
  if (typeof fields["id"] !== "string" || typeof fields["status"] !== "string") throw unexpected("a task");
  return { ...fields, id: fields["id"], status: fields["status"] };
}

function fieldsOf(client: Client, reply: unknown): Readonly<Record<string, unknown>> {
  const fields = (typeof reply === "object" && reply !== null ? reply : {}) as Readonly<Record<string, unknown>>;
  if (fields["error"]) throw providerError({ provider, body: JSON.stringify(fields), secrets: client.secrets() });
  return fields;
}
