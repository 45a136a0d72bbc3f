/** Answers with a status of success that are no stream of events. */
import { from, StageError } from "@iftk/core";
import { parseJson } from "@iftk/inference/http";
import { provider, toldFailure } from "./failure.js";

/** Characters of an answer that are looked at. */
const mostCharacters = 65_536;

/** Whether an answer is a stream of events; one that does not say what it is counts as one. */
export const isEventStream = ({ headers }: Pick<Response, "headers">): boolean => (headers.get("content-type") ?? "text/event-stream").startsWith("text/event-stream");

/** The StageError for an answer that is none: what the provider says where it tells of an error, else `unavailable` with reason `malformed`, or `truncated` for nothing. */
export async function replyFailure(body: ReadableStream<Uint8Array> | null, secrets: readonly string[]): Promise<StageError> {
  if (!body) return new StageError("unavailable", `${provider}: the reply has no body`, { reason: "truncated" });
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of from(body)) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > mostCharacters) break;
  }
  const value = parseJson(provider, text);
  if (typeof value === "object" && value !== null && "error" in value) return toldFailure(text, secrets);
  return new StageError("unavailable", `${provider}: the reply is no event stream; check the base URL`, { reason: "malformed" });
}
