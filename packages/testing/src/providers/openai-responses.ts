/** Responses as OpenAI sends them. */
import type { FakeReply } from "./fake-reply.js";
import { errorOf } from "./openai-chat.js";
import { alternativesTo, callIdOf, created, logprobOf, obfuscationOf, piecesOf, piecesOfJson, wholeOf, type FakeOpenaiReply, type FakeOpenaiToolCall } from "./openai-reply.js";
import type { ResponseRequest } from "./openai-requests.js";
import { sse } from "./sse.js";

type Fields = Readonly<Record<string, unknown>>;

const responseId = "resp_68d9303e0ef4819e9abaed38fac5de4f03aa6e5a972b3b23";

/** An item of the output, and the events that build it up. */
interface Item {
  readonly whole: Fields;
  readonly events: (index: number) => readonly Fields[];
}

/** The reply to a request for a response, streamed or whole. */
export function responseReply(request: ResponseRequest, reply: FakeOpenaiReply): FakeReply {
  const items = itemsOf(request, reply);
  const output = items.map(({ whole }) => whole);
  const cut = reply.finish !== undefined && reply.finish !== "completed";
  const status = cut ? "incomplete" : "completed";
  const end = responseOf(request, { status, output, usage: usageOf(reply), ...(cut && { incomplete_details: { reason: reply.finish } }) });
  if (!request.stream) return reply.error ? { status: 500, body: { error: errorOf(reply.error) } } : { headers, body: end };
  const begun = responseOf(request, { status: "in_progress", output: [], usage: null });
  const failed = reply.error && responseOf(request, { status: "failed", output, error: { code: reply.error.code ?? "server_error", message: reply.error.message }, usage: null });
  const events = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...items.flatMap(({ events: of }, index) => of(index)),
    failed ? { type: "response.failed", response: failed } : { type: `response.${status}`, response: end },
  ];
  return { headers, body: sse(events.map(({ type, ...fields }, index) => ({ event: String(type), data: { type, sequence_number: index, ...fields } }))) };
}

const headers = { "openai-processing-ms": "388", "openai-version": "2020-10-01", "x-request-id": "req_9d1c2b3a4f5e6d7c" };

function responseOf(request: ResponseRequest, fields: Fields): Fields {
  return {
    id: responseId,
    object: "response",
    created_at: created,
    status: "completed",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    model: `${request.model}-2025-08-07`,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: null,
    service_tier: "default",
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: request.text?.format ?? { type: "text" }, verbosity: "medium" },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: "disabled",
    user: null,
    metadata: {},
    ...fields,
  };
}

const usageOf = ({ usage: { input = 9, output = 12, cached = 0, reasoning = 0 } = {} }: FakeOpenaiReply): Fields => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

function itemsOf(request: ResponseRequest, reply: FakeOpenaiReply): readonly Item[] {
  const hasMessage = reply.text !== undefined || reply.refusal !== undefined;
  return [
    ...(reply.reasoning === undefined ? [] : [reasoningItem(request, reply)]),
    ...(reply.commentary === undefined ? [] : [messageItem(request, { text: reply.commentary, phase: "commentary" }, 4)]),
    ...(hasMessage ? [messageItem(request, reply)] : []),
    ...(reply.toolCalls ?? []).map((call, index) => callItem(call, index)),
  ];
}

/** What is encrypted is not the reasoning, and differs between the beginning and the end of the item, as it does at OpenAI. */
function reasoningItem({ include }: ResponseRequest, reply: FakeOpenaiReply): Item {
  const id = "rs_68d9303e94ac819ead3d9e066f405eae03aa6e5a972b3b23";
  const sealed = (text: string): Fields => (include?.includes("reasoning.encrypted_content") ? { encrypted_content: text } : {});
  const pieces = piecesOf(reply.reasoning);
  const summary = pieces.length === 0 ? [] : [{ type: "summary_text", text: pieces.join("") }];
  const whole = { id, type: "reasoning", ...sealed("gAAAAABo2TA_9aBcwzsKm0jKc1AOjWhLaOBwJbo7JTTTcQtPJiM2"), summary };
  const place = (index: number): Fields => ({ item_id: id, output_index: index, summary_index: 0 });
  return {
    whole,
    events: (index) => [
      { type: "response.output_item.added", output_index: index, item: { id, type: "reasoning", ...sealed("gAAAAABo2TA-uKo"), summary: [] } },
      ...(pieces.length === 0
        ? []
        : [
            { type: "response.reasoning_summary_part.added", ...place(index), part: { type: "summary_text", text: "" } },
            ...pieces.map((piece) => ({ type: "response.reasoning_summary_text.delta", ...place(index), delta: piece, obfuscation: obfuscationOf(piece) })),
            { type: "response.reasoning_summary_text.done", ...place(index), text: pieces.join("") },
            { type: "response.reasoning_summary_part.done", ...place(index), part: summary[0] },
          ]),
      { type: "response.output_item.done", output_index: index, item: whole },
    ],
  };
}

function messageItem(request: ResponseRequest, reply: FakeOpenaiReply, of = 3): Item {
  const id = `msg_68d930427844819ebda216a5dcfbec4603aa6e5a972b3b2${of}`;
  const isRefusal = reply.refusal !== undefined;
  const pieces = piecesOf(isRefusal ? reply.refusal : reply.text);
  const annotations = (reply.sources ?? []).map(({ url, title, start, end }) => ({ type: "url_citation", end_index: end, start_index: start, title, url }));
  const asked = request.include?.includes("message.output_text.logprobs");
  const logprobs = (of: readonly string[]): readonly Fields[] =>
    asked ? of.map((token) => ({ token, logprob: logprobOf(token), bytes: [...Buffer.from(token)], top_logprobs: alternativesTo(token, request.top_logprobs ?? 0).map((text, index) => ({ token: text, logprob: logprobOf(token) - index, bytes: [...Buffer.from(text)] })) })) : [];
  const part = isRefusal ? { type: "refusal", refusal: wholeOf(reply.refusal) } : { type: "output_text", annotations, logprobs: logprobs(pieces), text: wholeOf(reply.text) };
  const empty = isRefusal ? { type: "refusal", refusal: "" } : { type: "output_text", annotations: [], logprobs: [], text: "" };
  const whole = { id, type: "message", status: "completed", content: [part], role: "assistant", ...(reply.phase && { phase: reply.phase }) };
  const kind = isRefusal ? "refusal" : "output_text";
  const place = (index: number): Fields => ({ item_id: id, output_index: index, content_index: 0 });
  return {
    whole,
    events: (index) => [
      { type: "response.output_item.added", output_index: index, item: { ...whole, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...place(index), part: empty },
      ...pieces.map((piece) => ({ type: `response.${kind}.delta`, ...place(index), delta: piece, ...(!isRefusal && { logprobs: logprobs([piece]) }), obfuscation: obfuscationOf(piece) })),
      ...(isRefusal ? [] : annotations.map((annotation, place_) => ({ type: "response.output_text.annotation.added", ...place(index), annotation_index: place_, annotation }))),
      { type: `response.${kind}.done`, ...place(index), ...(isRefusal ? { refusal: pieces.join("") } : { text: pieces.join(""), logprobs: logprobs(pieces) }) },
      { type: "response.content_part.done", ...place(index), part },
      { type: "response.output_item.done", output_index: index, item: whole },
    ],
  };
}

function callItem(call: FakeOpenaiToolCall, of: number): Item {
  const id = `fc_68d9303fe7fc819ea999bda43617404203aa6e5a972b3b2${of}`;
  const whole = { id, type: "function_call", status: "completed", arguments: call.arguments, call_id: callIdOf(call, of), name: call.name };
  return {
    whole,
    events: (index) => [
      { type: "response.output_item.added", output_index: index, item: { ...whole, status: "in_progress", arguments: "" } },
      ...piecesOfJson(call.arguments).map((piece) => ({ type: "response.function_call_arguments.delta", item_id: id, output_index: index, delta: piece, obfuscation: obfuscationOf(piece) })),
      { type: "response.function_call_arguments.done", item_id: id, output_index: index, arguments: call.arguments },
      { type: "response.output_item.done", output_index: index, item: whole },
    ],
  };
}
