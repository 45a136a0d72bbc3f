/** The bytes of an answer that streams. */
import { from, StageError } from "@iftk/core";
import { parseJson } from "@iftk/inference/http";
import type { AnthropicRequest, Ask } from "./client.js";
import { provider, toldFailure } from "./failure.js";

/** Characters of an answer that is no event stream which are looked at. */
const mostCharacters = 65_536;

/**
 * Sends the request, when it is first read, and gives the bytes of its event stream. The keys that were used are added to `secrets`.
 *
 * @throws StageError what the provider says where it answers with an error in spite of status 200; `unavailable`, reason `malformed`, for any other answer that is no event stream.
 */
export async function* eventStream(ask: Ask, request: AnthropicRequest, signal: AbortSignal, secrets: string[]): AsyncGenerator<Uint8Array, void, undefined> {
  const answer = await ask(request, signal);
  secrets.push(...answer.secrets);
  const { body, headers } = answer.response;
  if (!body) return;
  const type = headers.get("content-type") ?? "text/event-stream";
  if (!type.startsWith("text/event-stream")) throw await failureIn(body, secrets);
  yield* from(body);
}

async function failureIn(body: ReadableStream<Uint8Array>, secrets: readonly string[]): Promise<StageError> {
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
