/** Chat completions over the router and endpoints that speak them. */
import { fromBatches, outputStream, sync, type Call, type OutputStream } from "@iftk/core";
import { batches, readRequest, chatRequest, type ChatOptions, type ChatRequest, type Part } from "@iftk/inference";
import { sseEvents } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { ChatParts, isDone } from "./chat-parts.js";
import { chatBody } from "./chat-request.js";
import { provider, unknownApi, type Client, type Target } from "./client.js";
import { isEventStream } from "./event-stream.js";
import { textGeneration } from "./text-generation.js";

const apis = ["chat-completions", "text-generation"] as const;

/**
 * The stage for a model. `api` is `"chat-completions"`, the default, or `"text-generation"`, which continues a text and is spoken by
 * servers of Text Generation Inference.
 */
export function chat(client: Client, options: ChatOptions): OutputStream<ChatRequest, Part> {
  const { api = apis[0] } = options;
  const run = api === apis[0] ? complete : api === apis[1] ? textGeneration : undefined;
  if (!run) throw unknownApi("chat", api, apis);
  return outputStream(function huggingfaceChat(input: ChatRequest, call) {
    return fromBatches(run(client, options, readRequest(chatRequest, options, input), call));
  });
}

async function* complete(client: Client, { raw, ...options }: ChatOptions, request: ChatRequest, { signal }: Call): AsyncGenerator<readonly Part[], void, undefined> {
  const target = client.target(options);
  const { body, warnings } = chatBody(modelIn(target), request);
  const response = await client.send({ url: completionsUrl(client, target), body: JSON.stringify({ ...body, ...raw }), accept: "text/event-stream", signal });
  if (warnings.length > 0) yield warnings;
  const reply = new ChatParts(request.choices ?? 1);
  if (!isEventStream(response)) {
    yield reply.whole(await response.json());
    return;
  }
  const parts = sync<SseEvent, Part>("chat-parts", () => ({ take: (event) => reply.take(event) }));
  yield* batches(parts(sseEvents(response.bytes, { provider, signal, isLast: isDone })));
}


/** The router chooses by the name and what stands behind its colon; a server with one model takes any. */
function modelIn(target: Target): string {
  if (target.kind === "endpoint") return target.model ?? "tgi";
  return target.provider === "auto" ? target.model : `${target.model}:${target.provider}`;
}

function completionsUrl({ routerUrl }: Client, target: Target): string {
  const url = target.kind === "endpoint" ? target.url : `${routerUrl}/v1`;
  if (url.endsWith("/chat/completions")) return url;
  return url.endsWith("/v1") ? `${url}/chat/completions` : `${url}/v1/chat/completions`;
}
