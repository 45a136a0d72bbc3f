/** The prompt of a chat, and the reader of the reply to it. */
import { StageError } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import { type Backend, callPrefix, type Format, type ToolDefinition } from "@iftk/inferlet";
import { ChatReply } from "./chat-reply.js";
import type { ChatTemplate } from "./chat-template.js";
import { textTurns } from "./text-turns.js";

export interface BegunReply {
  readonly tokens: Int32Array;
  readonly reply: ChatReply;
}

/**
 * Renders the request and gives what reads the reply.
 *
 * A call that is demanded is begun in the prompt, so that the model can only go on with it.
 *
 * @throws StageError `invalid_argument` for a demanded call of a tool that is not there; what `render` throws.
 */
export function beginReply(template: ChatTemplate, backend: Backend, { messages, tools: given = [], toolChoice = "auto", parallelToolCalls = true, stop = [] }: ChatRequest): BegunReply {
  const tools = toolChoice === "none" ? [] : given;
  const turns = textTurns(messages);
  const prompt = template.render(turns, { tools });
  const format = template.formatFor(tools);
  const prefix = toolChoice === "auto" || toolChoice === "none" ? "" : prefixOf(toolChoice, tools, format);
  const reply = new ChatReply(backend, {
    format,
    // Where the prompt has opened reasoning, a demanded call closes it.
    prompt: prefix === "" ? prompt.text : "",
    prefix,
    stops: stop,
    tools,
    isOneCall: !parallelToolCalls,
    callsBefore: turns.reduce((sum, { toolCalls = [] }) => sum + toolCalls.length, 0),
  });
  if (prefix === "") return { tokens: prompt.tokens, reply };
  const open = format.thinking?.find((tags) => prompt.text.trimEnd().endsWith(tags.open));
  const begun = backend.tokenize(`${open ? `${open.close}\n\n` : ""}${prefix}`, { special: true });
  const tokens = new Int32Array(prompt.tokens.length + begun.length);
  tokens.set(prompt.tokens);
  tokens.set(begun, prompt.tokens.length);
  return { tokens, reply };
}

function prefixOf(choice: "required" | { readonly name: string }, tools: readonly ToolDefinition[], format: Format): string {
  if (tools.length === 0) throw new StageError("invalid_argument", "toolChoice: a call is demanded, but there are no tools; give `tools`");
  if (choice === "required") return callPrefix(format);
  if (tools.some(({ name }) => name === choice.name)) return callPrefix(format, choice.name);
  throw new StageError("invalid_argument", `toolChoice: there is no tool ${JSON.stringify(choice.name)}; there are: ${tools.map(({ name }) => name).join(", ")}`);
}
