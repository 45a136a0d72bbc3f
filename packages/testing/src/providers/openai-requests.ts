/** What OpenAI's chat APIs take, field by field: a request with anything else is refused. */
import { z } from "zod";

const jsonSchema = z.record(z.string(), z.unknown());
const functionName = z.string().regex(/^[\w-]{1,64}$/u);
const effort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);
const url = z.string().regex(/^(?:https?:|data:)/u);
const dataUrl = z.string().regex(/^data:[^;,]+;base64,[A-Za-z0-9+/]+=*$/u);
const base64 = z.string().regex(/^[A-Za-z0-9+/]+=*$/u);

const text = z.strictObject({ type: z.literal("text"), text: z.string() });
const texts = z.union([z.string(), z.array(text).min(1)]);
const userPart = z.discriminatedUnion("type", [
  text,
  z.strictObject({ type: z.literal("image_url"), image_url: z.strictObject({ url, detail: z.enum(["auto", "low", "high", "original"]).optional() }) }),
  z.strictObject({ type: z.literal("input_audio"), input_audio: z.strictObject({ data: base64, format: z.enum(["wav", "mp3"]) }) }),
  z.strictObject({ type: z.literal("file"), file: z.strictObject({ file_data: dataUrl.optional(), file_id: z.string().optional(), filename: z.string().optional() }) }),
]);
const toolCall = z.strictObject({ id: z.string().min(1), type: z.literal("function"), function: z.strictObject({ name: functionName, arguments: z.string() }) });
const assistant = z
  .strictObject({ role: z.literal("assistant"), content: z.union([texts, z.null()]).optional(), refusal: z.string().nullable().optional(), name: z.string().optional(), tool_calls: z.array(toolCall).min(1).optional(), reasoning_content: z.string().optional() })
  .refine(({ content, tool_calls: calls }) => typeof content === "string" || Array.isArray(content) || calls !== undefined, "expected content or tool_calls");
const message = z.union([
  z.strictObject({ role: z.enum(["system", "developer"]), content: texts, name: z.string().optional() }),
  z.strictObject({ role: z.literal("user"), content: z.union([z.string(), z.array(userPart).min(1)]), name: z.string().optional() }),
  assistant,
  z.strictObject({ role: z.literal("tool"), content: texts, tool_call_id: z.string().min(1) }),
]);

const sampling = { temperature: z.number().min(0).max(2).optional(), top_p: z.number().min(0).max(1).optional() };
const penalties = { frequency_penalty: z.number().min(-2).max(2).optional(), presence_penalty: z.number().min(-2).max(2).optional() };
const streaming = { stream: z.boolean().optional(), stream_options: z.strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() }).optional() };
const stop = z.union([z.string(), z.array(z.string()).min(1).max(4)]).optional();
const limit = z.int().positive().optional();
const shared = { user: z.string().optional(), service_tier: z.string().optional(), metadata: z.record(z.string(), z.string()).optional(), store: z.boolean().optional(), safety_identifier: z.string().optional(), prompt_cache_key: z.string().optional() };

const chatCompletionFields = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  ...sampling,
  ...penalties,
  ...streaming,
  ...shared,
  max_completion_tokens: limit,
  max_tokens: limit,
  n: z.int().min(1).max(128).optional(),
  seed: z.int().optional(),
  stop,
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  tools: z.array(z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: functionName, description: z.string().optional(), parameters: jsonSchema.optional(), strict: z.boolean().optional() }) })).min(1).optional(),
  tool_choice: z.union([z.enum(["none", "auto", "required"]), z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: functionName }) })]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.enum(["text", "json_object"]) }),
      z.strictObject({ type: z.literal("json_schema"), json_schema: z.strictObject({ name: functionName, description: z.string().optional(), schema: jsonSchema.optional(), strict: z.boolean().optional() }) }),
    ])
    .optional(),
  reasoning_effort: effort.optional(),
  verbosity: z.enum(["low", "medium", "high"]).optional(),
  web_search_options: z.record(z.string(), z.unknown()).optional(),
});

interface ToolFields {
  readonly tools?: readonly unknown[] | undefined;
  readonly tool_choice?: unknown;
  readonly parallel_tool_calls?: boolean | undefined;
  readonly stream?: boolean | undefined;
  readonly stream_options?: unknown;
}

const needsTools = ({ tools, tool_choice: choice, parallel_tool_calls: parallel }: ToolFields): boolean => tools !== undefined || (choice === undefined && parallel === undefined);
const needsStream = ({ stream, stream_options: options }: ToolFields): boolean => stream === true || options === undefined;
const onlyWithTools = "'tool_choice' and 'parallel_tool_calls' are only allowed when 'tools' are specified";
const onlyWithStream = "'stream_options' is only allowed when 'stream' is enabled";

/** The body of a request for a chat completion. */
export const chatCompletionRequest = chatCompletionFields
  .refine(needsTools, onlyWithTools)
  .refine(needsStream, onlyWithStream)
  .refine(({ logprobs, top_logprobs: top }) => logprobs === true || top === undefined, "'logprobs' must be set to true to use 'top_logprobs'");
export type ChatCompletionRequest = z.output<typeof chatCompletionRequest>;

/** The same for compatible servers, which take more. */
export const compatibleChatCompletionRequest = chatCompletionFields.omit({ max_completion_tokens: true }).extend({ top_k: z.int().optional() });

/** The body of a request for a legacy completion. */
export const completionRequest = z
  .strictObject({ model: z.string().min(1), prompt: z.union([z.string(), z.array(z.string())]), ...sampling, ...penalties, ...streaming, max_tokens: limit, n: z.int().min(1).max(128).optional(), best_of: z.int().optional(), echo: z.boolean().optional(), seed: z.int().optional(), stop, suffix: z.string().optional(), logprobs: z.int().min(0).max(5).optional(), user: z.string().optional() })
  .refine(needsStream, onlyWithStream);
export type CompletionRequest = z.output<typeof completionRequest>;

const inputText = z.strictObject({ type: z.literal("input_text"), text: z.string() });
const inputImage = z.strictObject({ type: z.literal("input_image"), image_url: url, detail: z.enum(["auto", "low", "high", "original"]) });
const inputFile = z.strictObject({ type: z.literal("input_file"), filename: z.string().optional(), file_data: dataUrl.optional(), file_url: z.string().optional(), file_id: z.string().optional(), detail: z.string().optional() });
const inputPart = z.discriminatedUnion("type", [inputText, inputImage, inputFile]);
const inputMessage = { type: z.literal("message").optional(), content: z.union([z.string(), z.array(inputPart).min(1)]) };
const item = z.union([
  z.strictObject({ ...inputMessage, role: z.enum(["user", "system", "developer"]) }),
  z.strictObject({ ...inputMessage, role: z.literal("assistant"), phase: z.enum(["commentary", "final_answer"]).nullable().optional() }),
  z.strictObject({ type: z.literal("function_call"), call_id: z.string().min(1), name: functionName, arguments: z.string(), id: z.string().startsWith("fc_").optional(), status: z.string().optional() }),
  z.strictObject({ type: z.literal("function_call_output"), call_id: z.string().min(1), output: z.union([z.string(), z.array(inputPart)]), id: z.string().optional(), status: z.string().optional() }),
  z.strictObject({ type: z.literal("reasoning"), id: z.string().startsWith("rs_"), summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })), encrypted_content: z.string().optional(), status: z.string().optional() }),
]);

/** The body of a request for a response. */
export const responseRequest = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(item).min(1)]),
  ...sampling,
  ...shared,
  stream: z.boolean().optional(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).optional(),
  instructions: z.string().optional(),
  include: z.array(z.enum(["reasoning.encrypted_content", "message.output_text.logprobs", "web_search_call.results", "web_search_call.action.sources", "file_search_call.results"])).optional(),
  max_output_tokens: z.int().min(16).optional(),
  previous_response_id: z.string().optional(),
  reasoning: z.strictObject({ effort: effort.optional(), summary: z.enum(["auto", "concise", "detailed"]).optional() }).optional(),
  text: z
    .strictObject({
      format: z
        .discriminatedUnion("type", [
          z.strictObject({ type: z.enum(["text", "json_object"]) }),
          z.strictObject({ type: z.literal("json_schema"), name: functionName, schema: jsonSchema, description: z.string().optional(), strict: z.boolean().optional() }),
        ])
        .optional(),
      verbosity: z.enum(["low", "medium", "high"]).optional(),
    })
    .optional(),
  tools: z.array(z.union([z.strictObject({ type: z.literal("function"), name: functionName, parameters: jsonSchema, strict: z.boolean(), description: z.string().optional() }), z.looseObject({ type: z.enum(["web_search", "file_search", "code_interpreter"]) })])).optional(),
  tool_choice: z.union([z.enum(["none", "auto", "required"]), z.strictObject({ type: z.literal("function"), name: functionName })]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  truncation: z.enum(["auto", "disabled"]).optional(),
});
export type ResponseRequest = z.output<typeof responseRequest>;
