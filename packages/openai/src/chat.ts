/** Chat by way of three APIs: chat completions, responses, and the completions of old. */
import { outputStream, type OutputStream, pipe, type Stream, unary } from "@iftk/core";
import type { ChatOptions, ChatRequest, Part } from "@iftk/inference";
import { type ChatApi, chatModel } from "./chat-api.js";
import type { Connection } from "./client.js";
import { readReply } from "./read-reply.js";
import type { ReplyReader } from "./reply-reader.js";
import { send } from "./send.js";
import { warned } from "./written-request.js";

/**
 * The chat stage of a model: by `responses` at OpenAI itself and by `chat-completions` elsewhere, unless `api` names one.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function chat(connection: Connection, options: ChatOptions): OutputStream<ChatRequest, Part> {
  const { api, write } = chatModel(connection, options);
  return outputStream(function chat(input: ChatRequest, call): Stream<Part> {
    const { request, body, warnings } = write(input, true);
    return warned(warnings, exchange(connection, api, request)(body, call));
  });
}

/** Sends the body of a request and gives the parts of the reply. */
function exchange(connection: Connection, { path, read }: ChatApi, request: ChatRequest): OutputStream<object, Part> {
  const ask = unary(async function sendChat(body: object, { signal }): Promise<Response> {
    return send(connection, signal, (sdk, how) => sdk.post(path, { body, stream: true, ...how }));
  });
  const readParts = outputStream(function readChat(response: Response, { signal }): Stream<Part> {
    const reader = read(connection, request);
    return readReply(connection, reader, response, { signal, ...(!connection.isMarkRequired && { tail: lateMark(reader) }) });
  });
  return pipe(ask, readParts);
}

/** What a server left out that ends a reply without its mark: it is made up for where the reply has all its finish reasons. */
function* lateMark(reader: ReplyReader): Generator<Uint8Array, void, undefined> {
  if (reader.isWhole) yield new TextEncoder().encode("\n\ndata: [DONE]\n\n");
}
