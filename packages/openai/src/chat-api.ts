/** The three APIs by which a chat can be had. */
import { type ChatOptions, chatRequest, type ChatRequest, parseRequest, readRequest } from "@iftk/inference";
import { z } from "zod";
import { ChatCompletionReader } from "./chat-completions-parts.js";
import { chatCompletionRequest } from "./chat-completions-request.js";
import type { Connection } from "./client.js";
import { completionRequest } from "./completions-request.js";
import type { ReplyReader } from "./reply-reader.js";
import { ResponseReader } from "./responses-parts.js";
import { responseRequest } from "./responses-request.js";
import type { WrittenRequest } from "./written-request.js";

/** One of the APIs. */
export interface ChatApi {
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

/** The API whose path an address ends in; undefined for another address. */
export function chatApiAt(path: string): ChatApi | undefined {
  return Object.values(apis).findLast((api) => path.endsWith(`/v1${api.path}`) || path === api.path);
}

const chatOptions = chatRequest
  .omit({ messages: true })
  .partial()
  .extend({ model: z.string().min(1), api: z.enum(["chat-completions", "responses", "completions"]).optional(), raw: z.record(z.string(), z.unknown()).optional() });

/** A model by one of the APIs. */
export interface ChatModel {
  readonly api: ChatApi;
  /** The request that a value holds, with what the options say where it says nothing, and the body that it is sent in. Throws StageError for what is none, and for what the API cannot honour. */
  readonly write: (input: ChatRequest, isStreamed: boolean) => WrittenRequest & { readonly request: ChatRequest };
}

/** The model that the options describe. Throws StageError `invalid_argument` for options that are none. */
export function chatModel(connection: Connection, options: ChatOptions): ChatModel {
  const defaults = parseRequest(chatOptions, options, "options");
  const { model, api: name = connection.chatApi, raw } = defaults;
  const api: ChatApi = apis[name];
  return {
    api,
    write(input, isStreamed) {
      const request = readRequest(chatRequest, defaults, input);
      const { body, warnings } = api.write(request, model, connection);
      // Without a stream the API refuses the options of one.
      const unstreamed = (!isStreamed || raw?.["stream"] === false) && { stream_options: undefined };
      return { request, body: { ...body, ...unstreamed, ...raw, ...(!isStreamed && { stream: undefined }) }, warnings };
    },
  };
}
