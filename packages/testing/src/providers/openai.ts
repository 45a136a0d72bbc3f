/** A fake OpenAI. */
import type { z } from "zod";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";
import type { FakeHandler, FakeRoutes } from "./fake-routes.js";
import { chatCompletionReply, completionReply } from "./openai-chat.js";
import type { FakeOpenaiReply } from "./openai-reply.js";
import { chatCompletionRequest, compatibleChatCompletionRequest, completionRequest, responseRequest } from "./openai-requests.js";
import { responseReply } from "./openai-responses.js";

/** How a fake OpenAI answers. */
export interface FakeOpenaiOptions {
  /** What it says: to all requests the same, or by the body and the number of the request on its route. */
  readonly reply?: FakeOpenaiReply | ((body: Readonly<Record<string, unknown>>, turn: number) => FakeOpenaiReply);
  /** The key that it takes; any, or none, without it. */
  readonly key?: string;
  /** Whether it takes what compatible servers take beyond OpenAI, and not what they lack. */
  readonly isCompatible?: boolean;
  /** Routes beside its own, or in their place. */
  readonly routes?: FakeRoutes;
}

/**
 * Starts a fake OpenAI: `/v1/chat/completions`, `/v1/responses` and `/v1/completions`, streamed and whole, in the bytes of the true one.
 *
 * A request that the true one would refuse is refused as it does: another key with 401, a field that there is not with 400.
 */
export function fakeOpenai(options: FakeOpenaiOptions = {}): Promise<FakeProvider> {
  return fakeProvider({ ...openaiChatRoutes(options), ...options.routes });
}

/** The routes of the chat APIs. */
export function openaiChatRoutes({ reply = { text: "Hello! How can I help you today?" }, key, isCompatible = false }: FakeOpenaiOptions = {}): FakeRoutes {
  function route<Schema extends z.ZodType<object>>(schema: Schema, answer: (body: z.output<Schema>, reply: FakeOpenaiReply) => FakeReply): FakeHandler {
    return openaiRoute(key, (request, turn) => {
      const { success, data, error } = schema.safeParse(request.json());
      if (!success) return invalidRequest(error);
      return answer(data, typeof reply === "function" ? reply(data as Record<string, unknown>, turn) : reply);
    });
  }
  return {
    "POST /v1/chat/completions": route(isCompatible ? (compatibleChatCompletionRequest as unknown as typeof chatCompletionRequest) : chatCompletionRequest, chatCompletionReply),
    "POST /v1/responses": route(responseRequest, responseReply),
    "POST /v1/completions": route(completionRequest, completionReply),
  };
}

/** A route that wants the key, where there is one. */
export function openaiRoute(key: string | undefined, handler: FakeHandler): FakeHandler {
  return (request, turn) => (key === undefined || request.headers.get("authorization") === `Bearer ${key}` ? handler(request, turn) : wrongKey(request));
}

function wrongKey({ headers }: FakeRequest): FakeReply {
  const given = headers.get("authorization")?.replace(/^Bearer /u, "");
  const message = given ? `Incorrect API key provided: ${given}. You can find your API key at https://platform.openai.com/account/api-keys.` : "You didn't provide an API key.";
  return { status: 401, body: { error: { message, type: "invalid_request_error", param: null, code: given ? "invalid_api_key" : null } } };
}

/** The refusal of a request for its first fault. */
export function invalidRequest({ issues: [issue] }: z.ZodError): FakeReply {
  const unknown = issue?.code === "unrecognized_keys";
  const param = [...(issue?.path ?? []), ...(unknown ? issue.keys.slice(0, 1) : [])].map(String).join(".");
  const message = unknown ? `Unknown parameter: '${param}'.` : `Invalid value for '${param}': ${issue?.message ?? ""}`;
  return { status: 400, body: { error: { message, type: "invalid_request_error", param: param || null, code: unknown ? "unknown_parameter" : "invalid_value" } } };
}
