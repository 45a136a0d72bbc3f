/** What a span says of a request. */
import { defined } from "../defined.js";
import type { Attributes } from "@opentelemetry/api";
import type { ChatRequest } from "../chat.js";

/** The names that the conventions have for the parameters of a request. */
const names: readonly (readonly [keyof ChatRequest, string])[] = [
  ["maxTokens", "gen_ai.request.max_tokens"],
  ["temperature", "gen_ai.request.temperature"],
  ["topP", "gen_ai.request.top_p"],
  ["topK", "gen_ai.request.top_k"],
  ["frequencyPenalty", "gen_ai.request.frequency_penalty"],
  ["presencePenalty", "gen_ai.request.presence_penalty"],
  ["seed", "gen_ai.request.seed"],
  ["stop", "gen_ai.request.stop_sequences"],
];

/** The attributes of a request, over those of its defaults; what neither says is left out. */
export function requestAttributes(request: unknown, defaults: object = {}): Attributes {
  const asked: Partial<ChatRequest> & { readonly dimensions?: number } = { ...defaults, ...defined(Object(request) as object) };
  const attributes: Attributes = {};
  for (const [name, attribute] of names) if (asked[name] !== undefined) attributes[attribute] = asked[name];
  if (asked.choices !== undefined && asked.choices !== 1) attributes["gen_ai.request.choice.count"] = asked.choices;
  if (asked.dimensions !== undefined) attributes["gen_ai.embeddings.dimension.count"] = asked.dimensions;
  if (asked.responseFormat) attributes["gen_ai.output.type"] = asked.responseFormat.type;
  return attributes;
}
