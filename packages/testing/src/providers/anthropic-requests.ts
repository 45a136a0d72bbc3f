/** What the Messages API of Anthropic takes, as its reference has it for API version 2026-10-21, and with the sampling that 2023-06-01 takes. */
import { z } from "zod";

const cache = { cache_control: z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).exactOptional() }).nullable().exactOptional() };
const callId = z.string().regex(/^[a-zA-Z0-9_-]+$/);

const text = z.strictObject({ type: z.literal("text"), text: z.string().min(1, "text content blocks must be non-empty"), ...cache });
const image = z.strictObject({
  type: z.literal("image"),
  source: z.union([
    z.strictObject({ type: z.literal("base64"), media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]), data: z.base64().min(1) }),
    z.strictObject({ type: z.literal("url"), url: z.url() }),
  ]),
  ...cache,
});
const document = z.strictObject({
  type: z.literal("document"),
  source: z.union([
    z.strictObject({ type: z.literal("base64"), media_type: z.literal("application/pdf"), data: z.base64().min(1) }),
    z.strictObject({ type: z.literal("url"), url: z.url() }),
    z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: z.string() }),
  ]),
  title: z.string().nullable().exactOptional(),
  context: z.string().nullable().exactOptional(),
  citations: z.strictObject({ enabled: z.boolean().exactOptional() }).nullable().exactOptional(),
  ...cache,
});
const result = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: callId,
  content: z.union([z.string(), z.array(z.discriminatedUnion("type", [text, image, document]))]).exactOptional(),
  is_error: z.boolean().exactOptional(),
  ...cache,
});
const call = z.strictObject({ type: z.literal("tool_use"), id: callId, name: z.string().min(1), input: z.record(z.string(), z.unknown()), ...cache });
const thinking = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });
const redacted = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("user"), content: z.union([z.string().min(1), z.array(z.discriminatedUnion("type", [text, image, document, result])).min(1)]) }),
  z.strictObject({ role: z.literal("assistant"), content: z.union([z.string().min(1), z.array(z.discriminatedUnion("type", [text, thinking, redacted, call])).min(1)]) }),
  z.strictObject({ role: z.literal("system"), content: z.union([z.string().min(1), z.array(text).min(1)]) }),
]);

const tool = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().exactOptional(),
  input_schema: z.looseObject({ type: z.literal("object") }),
  strict: z.boolean().exactOptional(),
  ...cache,
});
const alone = { disable_parallel_tool_use: z.boolean().exactOptional() };
const choice = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("auto"), ...alone }),
  z.strictObject({ type: z.literal("any"), ...alone }),
  z.strictObject({ type: z.literal("tool"), name: z.string(), ...alone }),
  z.strictObject({ type: z.literal("none") }),
]);
const display = { display: z.enum(["summarized", "omitted"]).nullable().exactOptional() };

const fields = {
  model: z.string().min(1),
  max_tokens: z.int().min(0),
  messages: z.array(message).min(1, "at least one message is required"),
  system: z.union([z.string(), z.array(text)]).exactOptional(),
  stop_sequences: z.array(z.string().regex(/\S/, "each stop sequence must contain non-whitespace")).exactOptional(),
  temperature: z.number().min(0).max(1).exactOptional(),
  top_p: z.number().min(0).max(1).exactOptional(),
  top_k: z.int().min(0).exactOptional(),
  tools: z.array(tool).exactOptional(),
  tool_choice: choice.exactOptional(),
  thinking: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1024), ...display }),
      z.strictObject({ type: z.literal("adaptive"), ...display }),
      z.strictObject({ type: z.literal("between_tools") }),
      z.strictObject({ type: z.literal("disabled") }),
    ])
    .exactOptional(),
  output_config: z
    .strictObject({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullable().exactOptional(),
      format: z.strictObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) }).nullable().exactOptional(),
    })
    .exactOptional(),
  metadata: z.strictObject({ user_id: z.string().nullable().exactOptional() }).exactOptional(),
  service_tier: z.enum(["auto", "standard_only"]).exactOptional(),
};

/** The body of POST /v1/messages. */
export const anthropicBody = z.strictObject({ ...fields, stream: z.boolean().exactOptional() }).superRefine((body, context) => {
  for (const message of faultsOf(body)) context.addIssue({ code: "custom", message });
});
export type AnthropicBody = z.output<typeof anthropicBody>;

/** The body of POST /v1/messages/batches. Faults within one item are told in its result, not here. */
export const anthropicBatchBody = z.strictObject({
  requests: z.array(z.strictObject({ custom_id: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), params: z.record(z.string(), z.unknown()) })).min(1).max(100_000),
});

type Blocks = readonly { readonly type: string; readonly id?: string; readonly tool_use_id?: string; readonly cache_control?: unknown }[];

/** The rules over more than one field, in the API's words where they are known. */
function* faultsOf({ messages, system, tools = [], tool_choice, thinking, max_tokens, temperature, top_k }: z.output<z.ZodObject<typeof fields>>): Generator<string, void, undefined> {
  if (tool_choice && tool_choice.type !== "none" && tools.length === 0) yield "tool_choice may only be specified while providing tools";
  if (tool_choice?.type === "tool" && !tools.some(({ name }) => name === tool_choice.name)) yield `tool_choice: tool '${tool_choice.name}' not found in provided tools`;
  if (thinking?.type === "enabled" && thinking.budget_tokens >= max_tokens) yield "`max_tokens` must be greater than `thinking.budget_tokens`";
  if (thinking?.type === "enabled" && (tool_choice?.type === "any" || tool_choice?.type === "tool")) yield "Thinking may not be enabled when tool_choice forces tool use.";
  if (thinking?.type === "enabled" && ((temperature ?? 1) !== 1 || top_k !== undefined)) yield "`temperature` may only be set to 1 when thinking is enabled, and `top_k` must be unset";
  const turns = messages.map(({ role, content }) => ({ role, blocks: (typeof content === "string" ? [{ type: "text" }] : content) as Blocks }));
  const marked = [...(Array.isArray(system) ? system : []), ...tools, ...turns.flatMap(({ blocks }) => blocks)].filter((block) => "cache_control" in block);
  if (marked.length > 4) yield `A maximum of 4 blocks with cache_control may be provided. Found ${marked.length}.`;
  for (const [index, { role, blocks }] of turns.entries()) {
    const before = turns[index - 1];
    const after = turns[index + 1];
    if (role === "system" && before?.role !== "user") yield `messages.${index}: role 'system' must follow a 'user' message`;
    if (role === "system" && after && after.role !== "assistant") yield `messages.${index}: role 'system' must be last or be followed by an 'assistant' message`;
    const calls = role === "assistant" ? blocks.flatMap(({ type, id }) => (type === "tool_use" && id !== undefined ? [id] : [])) : [];
    const answered = after?.role === "user" ? after.blocks.map(({ tool_use_id }) => tool_use_id) : [];
    const open = calls.filter((id) => !answered.includes(id));
    if (open.length > 0) yield `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}`;
    const asked = before?.role === "assistant" ? before.blocks.map(({ id }) => id) : [];
    const stray = blocks.find(({ type, tool_use_id }) => type === "tool_result" && !asked.includes(tool_use_id));
    if (stray) yield `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.tool_use_id}`;
  }
}
