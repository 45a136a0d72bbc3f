/** Requests to the server, one attempt each. */
import { StageError } from "@iftk/core";
import { parseJson } from "@iftk/inference/http";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { errorWithin, failureOf, malformed } from "./failure.js";
import { isRecord, type JsonRecord } from "./record.js";
import { wholeText } from "./whole-text.js";

/** What the SDK is told beside the request. */
export interface How {
  readonly signal: AbortSignal;
  readonly maxRetries: 0;
}

/** Has the SDK send a request, and gives the answer with its body unread. Throws the StageError for a refusal, and the signal's reason. */
export async function send(connection: Connection, signal: AbortSignal, ask: (sdk: OpenAI, how: How) => { asResponse(): Promise<Response> }): Promise<Response> {
  try {
    return await ask(connection.sdk(), { signal, maxRetries: 0 }).asResponse();
  } catch (error) {
    throw failureOf(connection, error, signal);
  }
}

/** The JSON that a body holds. Throws StageError for anything else, and for more bytes than that. */
export async function jsonIn(connection: Connection, { body }: Pick<Response, "body">, signal: AbortSignal, maxBytes?: number): Promise<unknown> {
  let text: string;
  try {
    text = body ? await wholeText(connection.provider, body, maxBytes) : "";
  } catch (error) {
    throw StageError.is(error) ? error : failureOf(connection, error, signal);
  }
  return parseJson(connection.provider, text);
}

/** The same for what must be an object. Throws the error that it tells of, if it does. */
export async function recordOf(connection: Connection, response: Pick<Response, "body">, signal: AbortSignal, maxBytes?: number): Promise<JsonRecord> {
  const value = await jsonIn(connection, response, signal, maxBytes);
  if (!isRecord(value)) throw malformed(connection, "it is no object");
  const error = errorWithin(connection, value);
  if (error) throw error;
  return value;
}
