/** Chat over the router, endpoints of one's own, and servers of Text Generation Inference. */
import { concat, from, fromBatches, outputStream, type OutputStream } from "@iftk/core";
import { chatRequest, readRequest, type ChatOptions, type ChatRequest, type Message, type Part } from "@iftk/inference";
import { openai } from "@iftk/openai";
import { provider, unknownApi, type Client, type Target } from "./client.js";
import { textGeneration } from "./text-generation.js";

const apis = ["chat-completions", "text-generation"] as const;

/**
 * The stage for a model. `api` is `"chat-completions"`, the default, which Hugging Face speaks as OpenAI does, or `"text-generation"`,
 * which continues a text and is spoken by servers of Text Generation Inference.
 */
export function chat(client: Client, options: ChatOptions): OutputStream<ChatRequest, Part> {
  const { api = apis[0] } = options;
  if (api === apis[1]) {
    return outputStream(function huggingfaceChat(input: ChatRequest, call) {
      return fromBatches(textGeneration(client, options, readRequest(chatRequest, options, input), call));
    });
  }
  if (api !== apis[0]) throw unknownApi("chat", api, apis);
  return outputStream(function huggingfaceChat(input: ChatRequest, call) {
    const target = client.target(options);
    const baseUrl = completionsUrl(client, target);
    const { billTo, dispatcher } = client.options;
    const engine = openai({
      provider,
      baseUrl,
      apiKey: client.keyFor(baseUrl) ?? "", // an empty one is sent nowhere, and keeps others from being looked for
      isMarkRequired: true,
      ...(billTo !== undefined && { headers: { "x-hf-bill-to": billTo } }),
      ...(dispatcher && { dispatcher }),
    });
    const { topK, ...request } = readRequest(chatRequest, options, input);
    const warnings: Part[] = topK === undefined ? [] : [{ type: "warning", message: `${provider}: topK is left out: chat completions have no such field` }];
    const model = { model: modelIn(target), api, raw: options.raw };
    return concat(from(warnings), engine.chat(model)({ ...request, messages: request.messages.map(withoutReasoning) }, call));
  });
}

/** Reasoning is the model's own and is not sent back. */
function withoutReasoning(message: Message): Message {
  if (message.role !== "assistant" || typeof message.content === "string") return message;
  return { ...message, content: message.content.filter(({ type }) => type !== "reasoning") };
}

/** The router chooses by the name and what stands behind its colon; a server with one model takes any. */
function modelIn(target: Target): string {
  if (target.kind === "endpoint") return target.model ?? "tgi";
  return target.provider === "auto" ? target.model : `${target.model}:${target.provider}`;
}

/** The base of the API, without the path of chat completions. */
function completionsUrl({ routerUrl }: Client, target: Target): string {
  const url = target.kind === "endpoint" ? target.url.replace(/\/chat\/completions$/u, "") : routerUrl;
  return url.endsWith("/v1") ? url : `${url}/v1`;
}
