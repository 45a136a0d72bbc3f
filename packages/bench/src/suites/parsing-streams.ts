/** Replies as providers stream them, event by event. */

/** The chunks of a chat completion as OpenAI sends them. */
export function chatCompletion(tokens: readonly string[]): string[] {
  const common = { id: "chatcmpl-C3jmyBQgTgsLd421Wg8fBhM0xkOiK", object: "chat.completion.chunk", created: 1_755_007_032, model: "gpt-4.1-2025-04-14", service_tier: "default", system_fingerprint: "fp_479cfdfab2" };
  const chunk = (choices: readonly object[], usage: object | null = null): object => ({ ...common, choices, usage, obfuscation: "D5jIQAiER0kD2" });
  const choice = (delta: object, finish: string | null = null): object => chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
  const chunks = [choice({ role: "assistant", content: "", refusal: null }), ...tokens.map((content) => choice({ content })), choice({}, "stop"), chunk([], { prompt_tokens: 9, completion_tokens: tokens.length, total_tokens: 9 + tokens.length })];
  return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"];
}

/** The events of a response as OpenAI sends them. */
export function response(tokens: readonly string[]): string[] {
  const [id, text] = ["msg_68d930427844819ebda216a5dcfbec4603aa6e5a972b3b23", tokens.join("")];
  const place = { item_id: id, output_index: 0, content_index: 0 };
  const whole = { id: "resp_68d9303e0ef4819e9abaed38fac5de4f03aa6e5a972b3b23", object: "response", model: "gpt-5-2025-08-07", error: null };
  const part = { type: "output_text", annotations: [], logprobs: [], text };
  const item = { id, type: "message", status: "completed", content: [part], role: "assistant" };
  const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 0 }, output_tokens: tokens.length, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 9 + tokens.length };
  const events = [
    { type: "response.created", response: { ...whole, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
    ...tokens.map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [], obfuscation: "yBUv8b1dlI5ORP" })),
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...whole, status: "completed", output: [item], usage } },
  ];
  return events.map(({ type, ...fields }, index) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: index, ...fields })}\n\n`);
}

/** The events of a message as Anthropic sends them. */
export function message(tokens: readonly string[]): string[] {
  const usage = { input_tokens: 9, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1, service_tier: "standard" };
  const whole = { id: "msg_01XFDUDYJgAACzvnptvVoYEL", type: "message", role: "assistant", model: "claude-x", content: [], stop_reason: null, stop_sequence: null, usage };
  const events = [
    { type: "message_start", message: whole },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...tokens.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: tokens.length } },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
