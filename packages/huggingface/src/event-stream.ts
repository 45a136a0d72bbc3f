/** Telling how a reply comes. */
import type { HttpResponse } from "@iftk/inference/http";

/** Whether a reply streams; servers that do not stream answer with one document. */
export function isEventStream({ headers }: HttpResponse): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") ?? false;
}
