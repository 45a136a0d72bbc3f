/** Questions to a server that are answered at once, in JSON. */
import { StageError } from "@iftk/core";
import { responseError, toJson } from "./call-server.js";
import { connectionFailed, headersOf, type RemoteOptions } from "./remote-options.js";

/** What is asked. */
export interface JsonQuestion {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** What the answer says. Throws the error of the answer, `unavailable` where there is none, and the reason of the signal. */
export async function callJson({ method, url, body, signal }: JsonQuestion, options: RemoteOptions): Promise<unknown> {
  const { fetch = globalThis.fetch } = options;
  const headers = await headersOf(options);
  headers.set("accept", "application/json");
  if (method === "POST") headers.set("content-type", "application/json");
  const sent = method === "POST" ? { body: toJson(body) } : {};
  let response: Response | undefined;
  let text: string;
  try {
    response = await fetch(url, { method, headers, signal, ...sent });
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw StageError.is(cause) ? cause : connectionFailed({ reason: response && "truncated", cause });
  }
  if (!response.ok) throw responseError(response, text, "JSON");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new StageError("internal", "The server answered with something that is not JSON.", { reason: "malformed", cause });
  }
}
