/** A fake OpenAI. */
import type { z } from "zod";
import { fakeProvider, type FakeProvider } from "./fake-provider.js";
import type { FakeReply } from "./fake-reply.js";
import type { FakeHandler, FakeRoutes } from "./fake-routes.js";
import { type FakeOpenaiBatches, openaiBatchRoutes } from "./openai-batches.js";
import { chatCompletionReply, completionReply } from "./openai-chat.js";
import { openaiMediaRoutes } from "./openai-media.js";
import type { FakeOpenaiMedia } from "./openai-media-replies.js";
import type { FakeOpenaiReply } from "./openai-reply.js";
import { chatCompletionRequest, compatibleChatCompletionRequest, completionRequest, responseRequest } from "./openai-requests.js";
import { responseReply } from "./openai-responses.js";
import { invalidRequest, openaiRoute } from "./openai-route.js";

/** How a fake OpenAI answers. */
export interface FakeOpenaiOptions {
  /** What it says: to all requests the same, or by the body and the number of the request on its route. */
  readonly reply?: FakeOpenaiReply | ((body: Readonly<Record<string, unknown>>, turn: number) => FakeOpenaiReply);
  /** The key that it takes; any, or none, without it. */
  readonly key?: string;
  /** Whether it takes what compatible servers take beyond OpenAI, and not what they lack. */
  readonly isCompatible?: boolean;
  /** Images, transcripts, speech and embeddings. */
  readonly media?: FakeOpenaiMedia;
  readonly batches?: FakeOpenaiBatches;
  /** Routes beside its own, or in their place. */
  readonly routes?: FakeRoutes;
}

/**
 * Starts a fake OpenAI: chats by the three APIs, images, transcripts, speech, embeddings, files and batches, streamed and whole, in the bytes of the true one.
 *
 * A request that the true one would refuse is refused as it does: another key with 401, a field that there is not with 400.
 */
export function fakeOpenai(options: FakeOpenaiOptions = {}): Promise<FakeProvider> {
  const { key, media, batches, routes } = options;
  const chats = openaiChatRoutes(options);
  return fakeProvider({ ...chats, ...openaiMediaRoutes(media, key), ...openaiBatchRoutes(chats, batches, key), ...routes });
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
