/** Messages of Anthropic's models, whole and as the events in which they are streamed. */
import type { SseText } from "./sse.js";

/** A block of a message, in the fields that the API gives. */
export interface AnthropicBlock {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a fake model says. */
export interface AnthropicSays {
  readonly content: readonly AnthropicBlock[];
  /** `tool_use` where there is a call of a tool, `end_turn` otherwise. */
  readonly stop_reason?: string;
  readonly stop_sequence?: string | null;
  readonly stop_details?: object | null;
  /** Over what is counted here: 10 tokens of input and one of output for each block. */
  readonly usage?: object;
}

/** A message as the API answers with it. */
export interface AnthropicMessage {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly AnthropicBlock[];
  readonly stop_reason: string | null;
  readonly stop_sequence: string | null;
  readonly stop_details: object | null;
  readonly usage: Readonly<Record<string, unknown>>;
}

/** The message that says this. */
export function anthropicMessage(says: AnthropicSays, model: string, id = "msg_01FakeMessage"): AnthropicMessage {
  const { content, stop_sequence = null, stop_details = null } = says;
  const stop_reason = says.stop_reason ?? (content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn");
  const counted = { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: content.length, service_tier: "standard" };
  return { id, type: "message", role: "assistant", model, content, stop_reason, stop_sequence, stop_details, usage: { ...counted, ...says.usage } };
}

export interface AnthropicEventsOptions {
  /** Characters in each delta; 8 by default. */
  readonly deltaLength?: number;
}

/** The events in which the API streams the message. */
export function anthropicEvents(message: AnthropicMessage, { deltaLength = 8 }: AnthropicEventsOptions = {}): SseText[] {
  const { content, stop_reason, stop_sequence, stop_details, usage } = message;
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, stop_details: null, usage: { ...usage, output_tokens: 1 } };
  const events: { readonly type: string; readonly [field: string]: unknown }[] = [
    { type: "message_start", message: start },
    ...content.flatMap((block, index) => {
      const { empty, deltas } = streamed(block, deltaLength);
      return [
        { type: "content_block_start", index, content_block: empty },
        ...(index === 0 ? [{ type: "ping" }] : []),
        ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ];
    }),
    { type: "message_delta", delta: { stop_reason, stop_sequence, ...(stop_details && { stop_details }) }, usage: { ...usage } },
    { type: "message_stop" },
  ];
  return events.map((data) => ({ event: data.type, data }));
}

/** A block as it is started, and what is then added to it. */
function streamed(block: AnthropicBlock, length: number): { readonly empty: AnthropicBlock; readonly deltas: readonly object[] } {
  const cut = (value: unknown): string[] => [...String(value).matchAll(new RegExp(`[^]{1,${length}}`, "gu"))].map(([piece]) => piece);
  switch (block.type) {
    case "text": {
      const citations = (block["citations"] ?? []) as readonly object[];
      const deltas = [...cut(block["text"]).map((text) => ({ type: "text_delta", text })), ...citations.map((citation) => ({ type: "citations_delta", citation }))];
      return { empty: { ...block, text: "", ...(citations.length > 0 && { citations: [] }) }, deltas };
    }
    case "thinking":
      return {
        empty: { ...block, thinking: "", signature: "" },
        deltas: [...cut(block["thinking"]).map((thinking) => ({ type: "thinking_delta", thinking })), { type: "signature_delta", signature: block["signature"] }],
      };
    case "tool_use":
    case "server_tool_use": {
      // A text is sent as it is: so a fake model can write what is no JSON.
      const json = typeof block["input"] === "string" ? block["input"] : JSON.stringify(block["input"]);
      const pieces = json === "{}" ? [""] : ["", ...cut(json)];
      return { empty: { ...block, input: {} }, deltas: pieces.map((partial_json) => ({ type: "input_json_delta", partial_json })) };
    }
    default:
      return { empty: block, deltas: [] };
  }
}
