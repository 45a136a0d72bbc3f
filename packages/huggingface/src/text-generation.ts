/** The text generation API of Text Generation Inference: a text, continued. */
import { sync, type Call } from "@iftk/core";
import { batches, textOf, type ChatOptions, type ChatRequest, type Part, type Warning } from "@iftk/inference";
import { sseEvents } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { provider, ownUrl, unsupported, withRaw, type Client } from "./client.js";
import { isEventStream } from "./event-stream.js";
import { isLastToken, TextGenerationParts } from "./text-generation-parts.js";

/** Continues the text of the request. */
export async function* textGeneration(client: Client, { raw, ...options }: ChatOptions, request: ChatRequest, { signal }: Call): AsyncGenerator<readonly Part[], void, undefined> {
  const url = ownUrl(client, options, 'the API "text-generation"');
  const { body, warnings } = textGenerationBody(request);
  const response = await client.send({ url, body: JSON.stringify(withRaw(body, raw)), accept: "text/event-stream", signal });
  if (warnings.length > 0) yield warnings;
  const reply = new TextGenerationParts(request, client.secrets());
  if (!isEventStream(response)) {
    yield reply.whole(await response.json());
    return;
  }
  const parts = sync<SseEvent, Part>("text-generation-parts", () => ({ take: (event) => reply.take(event) }));
  yield* batches(parts(sseEvents(response.bytes, { provider, signal, isLast: isLastToken })));
}

function textGenerationBody(request: ChatRequest): { readonly body: Readonly<Record<string, unknown>>; readonly warnings: readonly Warning[] } {
  const { temperature, topP, responseFormat, logprobs } = request;
  if (request.tools?.length) throw unsupported("tools", 'the API "text-generation" has none; use "chat-completions"');
  if ((request.choices ?? 1) > 1) throw unsupported("choices", 'the API "text-generation" gives one');
  if (responseFormat?.type === "json" && !responseFormat.schema) throw unsupported("responseFormat", 'the API "text-generation" needs a schema');
  const left = [["presencePenalty", request.presencePenalty], ["reasoning", request.reasoning]] as const;
  const warnings = left.flatMap(([option, value]): Warning[] => (value === undefined ? [] : [{ type: "warning", message: `${provider}: ${option} is left out: text generation has no such parameter` }]));
  const parameters = {
    details: true,
    return_full_text: false,
    max_new_tokens: request.maxTokens,
    // The servers take temperatures above 0 and probabilities below 1 only; the excluded ends are what they do without.
    temperature: temperature || undefined,
    do_sample: temperature === 0 ? false : temperature === undefined ? undefined : true,
    top_p: topP === 1 ? undefined : topP,
    top_k: request.topK,
    frequency_penalty: request.frequencyPenalty,
    seed: request.seed,
    stop: request.stop,
    top_n_tokens: logprobs || undefined,
    grammar: responseFormat?.type === "json" ? { type: "json", value: responseFormat.schema } : undefined,
  };
  return { body: { inputs: inputsOf(request), parameters, stream: true }, warnings };
}

/** The text to continue. A conversation would need the model's own template, which only the server of chat completions knows. */
function inputsOf({ messages }: ChatRequest): string {
  const system = messages.filter(({ role }) => role === "system");
  const others = messages.filter(({ role }) => role !== "system");
  const [only] = others;
  if (others.length !== 1 || only?.role !== "user") throw unsupported("messages", 'the API "text-generation" continues one text, so it takes one user message; use "chat-completions" for conversations');
  return [...system, only].map((message) => textOf(message, provider)).join("\n\n");
}
