/** Chat by way of three APIs: chat completions, responses, and the completions of old. */
import { concat, from, outputStream, type OutputStream, pipe, StageError, type Stream, sync, unary } from "@iftk/core";
import { type ChatOptions, chatRequest, type ChatRequest, parseRequest, type Part } from "@iftk/inference";
import { parseJson, sseEvents } from "@iftk/inference/http";
import { z } from "zod";
import { ChatCompletionReader } from "./chat-completions-parts.js";
import { chatCompletionRequest } from "./chat-completions-request.js";
import type { Connection } from "./client.js";
import { completionRequest } from "./completions-request.js";
import { failureOf, truncated } from "./failure.js";
import type { ReplyReader } from "./reply-reader.js";
import { ResponseReader } from "./responses-parts.js";
import { responseRequest } from "./responses-request.js";
import { wholeText } from "./whole-text.js";
import { defined, type WrittenRequest } from "./written-request.js";

/** One of the APIs. */
interface ChatApi {
  readonly path: string;
  readonly write: (request: ChatRequest, model: string, connection: Connection) => WrittenRequest;
  readonly read: (connection: Connection, request: ChatRequest) => ReplyReader;
}

const readChunks = (connection: Connection, request: ChatRequest): ReplyReader => new ChatCompletionReader(connection, request);

const apis = {
  "chat-completions": { path: "/chat/completions", write: chatCompletionRequest, read: readChunks },
  responses: { path: "/responses", write: responseRequest, read: (connection, request) => new ResponseReader(connection, request) },
  completions: { path: "/completions", write: completionRequest, read: readChunks },
} satisfies Record<string, ChatApi>;

/** The APIs by which a chat can be had. */
export type OpenaiChatApi = keyof typeof apis;

const chatOptions = chatRequest
  .omit({ messages: true })
  .partial()
  .extend({ model: z.string().min(1), api: z.enum(["chat-completions", "responses", "completions"]).optional(), raw: z.record(z.string(), z.unknown()).optional() });

/**
 * The chat stage of a model: by `responses` at OpenAI itself and by `chat-completions` elsewhere, unless `api` names one.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function chat(connection: Connection, options: ChatOptions): OutputStream<ChatRequest, Part> {
  const { model, api: name = connection.chatApi, raw, ...defaults } = parseRequest(chatOptions, options, "options");
  const api: ChatApi = apis[name];
  return outputStream(function chat(input: ChatRequest, call): Stream<Part> {
    const request = parseRequest(chatRequest, { ...defined(defaults), ...defined(input) });
    const { body, warnings } = api.write(request, model, connection);
    // Without a stream, which only `raw` can ask for, the API refuses the options of one.
    const unstreamed = raw?.["stream"] === false && { stream_options: undefined };
    const parts = exchange(connection, api, request)({ ...body, ...unstreamed, ...raw }, call);
    return warnings.length > 0 ? concat(from(warnings.map((message): Part => ({ type: "warning", message }))), parts) : parts;
  });
}

/** Sends the body of a request and gives the parts of the reply. */
function exchange(connection: Connection, api: ChatApi, request: ChatRequest): OutputStream<object, Part> {
  const send = unary(async function send(body: object, { signal }): Promise<Response> {
    try {
      return await connection.sdk().post(api.path, { body, signal, stream: true, maxRetries: 0 }).asResponse();
    } catch (error) {
      throw failureOf(connection, error, signal);
    }
  });
  const read = outputStream(function read({ body, headers }: Response, { signal }): Stream<Part> {
    if (!body) throw truncated(connection);
    const reader = api.read(connection, request);
    if (/\b(?:json|html|xml)\b/iu.test(headers.get("content-type") ?? "")) return wholeReply(connection, reader, body);
    const bytes = connection.isMarkRequired ? body : concat(from(body), from(lateMark(reader)));
    const events = sseEvents(bytes, { provider: connection.provider, signal, isLast: (event) => reader.isLast(event) });
    return sync("parts", () => reader)(events);
  });
  return pipe(send, read);
}

/** What a server left out that ends a reply without its mark: it is made up for where the reply has all its finish reasons. */
function* lateMark(reader: ReplyReader): Generator<Uint8Array, void, undefined> {
  if (reader.isWhole) yield new TextEncoder().encode("\n\ndata: [DONE]\n\n");
}

/** The parts of a reply that came as one document, from a server that does not stream; of an error told with a status of success; of a page. */
async function* wholeReply(connection: Connection, reader: ReplyReader, body: ReadableStream<Uint8Array>): AsyncGenerator<Part, void, undefined> {
  let text: string;
  try {
    text = await wholeText(connection.provider, body);
  } catch (error) {
    throw StageError.is(error) ? error : failureOf(connection, error);
  }
  yield* reader.takeWhole(parseJson(connection.provider, text));
}
