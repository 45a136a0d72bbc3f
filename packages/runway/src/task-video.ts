/** The video that a task makes. */
import { StageError, type Call } from "@iftk/core";
import { batches, type MediaPart, type Progress } from "@iftk/inference";
import type { Client } from "./client.js";
import { failedTask, unexpected, withTask } from "./failure.js";
import { cancelTask, isOver, progressOf, states, type Task } from "./task.js";

/** Whose task it is, and what is known of it. */
export interface Watched {
  readonly id: string;
  /** Whether it was begun for this call, and ends with it. */
  readonly isNew: boolean;
  readonly model?: string;
  readonly seed?: number | undefined;
  readonly seconds?: number | undefined;
}

/**
 * How far the task is, whenever that changes, then its video as it is downloaded. One that was begun for this call is cancelled when
 * its caller leaves before it is over; after a failure on the way it goes on, and the error names it.
 */
export async function* videoOf(client: Client, watched: Watched, { signal }: Call): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const { id, isNew, model, seconds } = watched;
  let isLeft = isNew;
  let task: Task | undefined;
  let told: Progress | undefined;
  try {
    if (isNew) client.options.onTask?.(id);
    for await (const found of batches(states(client, id, isNew, signal))) {
      for (task of found) {
        if (isOver(task)) isLeft = false;
        const progress = progressOf(task);
        if (progress.status !== told?.status || progress.fraction !== told.fraction) yield [progress];
        told = progress;
      }
    }
    if (task?.status !== "SUCCEEDED") throw failedTask(task ?? { id, status: "" }, client.secrets());
    const urls = Array.isArray(task.output) ? task.output.filter((url) => typeof url === "string") : [];
    if (urls.length === 0) throw unexpected("a video");
    for (const [index, url] of urls.entries()) yield* download(client, url, index, watched, signal);
    yield [{ type: "finish", reason: { unified: "stop", raw: task.status }, usage: { inputTokens: 0, outputTokens: 0, ...(seconds !== undefined && { seconds }), estimated: true }, response: { id, ...(model !== undefined && { model }) } }];
  } catch (error) {
    if (signal.aborted || !StageError.is(error)) throw error;
    isLeft = false;
    throw withTask(error, id);
  } finally {
    if (isLeft) cancelTask(client, id);
  }
}

async function* download(client: Client, url: string, index: number, { seed }: Watched, signal: AbortSignal): AsyncGenerator<readonly MediaPart[], void, undefined> {
  const { headers, bytes, close } = await client.fetch(url, signal);
  const told = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/^text\/|json|xml/u.test(told)) {
    close();
    throw unexpected("a video");
  }
  const size = Number(headers.get("content-length") ?? Number.NaN);
  const mediaType = told === "" || told.endsWith("/octet-stream") ? "video/mp4" : told;
  let isEmpty = true;
  for await (const pieces of batches(bytes)) {
    if (isEmpty) yield [{ type: "media-start", index, mediaType, ...(size > 0 && { size }), ...(seed !== undefined && { seed }) }];
    isEmpty = false;
    yield pieces.map((piece) => ({ type: "media-delta", index, bytes: piece }) as const);
  }
  if (isEmpty) throw unexpected("a video, but empty");
  yield [{ type: "media-end", index }];
}
