/** Events of replies, by their types. */
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import type { Connection } from "./client.js";
import { refusal } from "./failure.js";
import { isRecord, textIn, type JsonRecord } from "./record.js";

/** An event, and its type: OpenAI tells it in the data of each, and of some also by their name. */
export interface ReplyEvent {
  readonly type: string;
  readonly data: JsonRecord;
}

/** What an event holds; undefined where that is nothing. Throws the StageError that it tells of. */
export function replyEvent(connection: Connection, { type: name, data }: SseEvent): ReplyEvent | undefined {
  if (data === "" || data === "[DONE]") return undefined;
  const event = parseJson(connection.provider, data);
  if (!isRecord(event)) return undefined;
  const type = textIn(event, "type") ?? name;
  if (type === "error" || event["error"]) throw refusal(connection, event["error"] ?? event);
  return { type, data: event };
}

/** Gives the function that tells whether an event is of one of these types, or `[DONE]`: after either nothing comes. */
export function isTerminal(...types: readonly string[]): (event: SseEvent) => boolean {
  // Within a text its quotes would be escaped.
  const told = new RegExp(`"type"\\s*:\\s*"(?:${types.map((type) => type.replaceAll(".", "\\.")).join("|")})"`, "u");
  return ({ type, data }) => types.includes(type) || data === "[DONE]" || (type === "message" && told.test(data));
}
