/** The prompt of a chat, and the readers of the replies to it. */
import { StageError } from "@iftk/core";
import type { ChatRequest } from "@iftk/inference";
import { type Backend, callPrefix, type ChatTemplate, type Format, type ToolDefinition } from "@iftk/inferlet";
import { callHold } from "./call-hold.js";
import { ChatReply } from "./chat-reply.js";
import type { HeldTokensOptions } from "./held-tokens.js";
import type { JsonConstraint } from "./json-constraint.js";
import { textTurns } from "./text-turns.js";

export interface BegunReply {
  readonly tokens: Int32Array;
  /** How calls are held, where they are. */
  readonly held: HeldTokensOptions | undefined;
  /** Gives what reads a reply, one for each. */
  readonly read: () => ChatReply;
}

/**
 * Renders the request and says how a reply is read and held.
 *
 * A call that is demanded is begun in the prompt, so that the model can only go on with it.
 *
 * @throws StageError `invalid_argument` for a demanded call of a tool that is not there; what `render` and `callHold` throw.
 */
export function beginReply(template: ChatTemplate, backend: Backend, json: JsonConstraint, request: ChatRequest): BegunReply {
  const { messages, tools: given = [], toolChoice = "auto", parallelToolCalls = true, stop = [] } = request;
  const tools = toolChoice === "none" ? [] : given;
  const turns = textTurns(messages);
  const prompt = template.render(turns, { tools });
  const format = template.formatFor(tools);
  const { thinking = [] } = format;
  const open = thinking.find((tags) => prompt.text.trimEnd().endsWith(tags.open));
  const demanded = toolChoice === "auto" || toolChoice === "none" ? "" : prefixOf(toolChoice, tools, format);
  const hold = callHold(request, format, json);
  const prefix = hold?.demanded?.text ?? demanded;
  const isOneCall = !parallelToolCalls;
  const options = {
    format,
    // Where the prompt has opened reasoning, a demanded call closes it.
    prompt: prefix === "" ? prompt.text : "",
    prefix,
    stops: stop,
    tools,
    isOneCall,
    callsBefore: turns.reduce((sum, { toolCalls = [] }) => sum + toolCalls.length, 0),
  };
  return {
    tokens: prefix === "" ? prompt.tokens : joined(prompt.tokens, backend.tokenize(`${open ? `${open.close}\n\n` : ""}${prefix}`, { special: true })),
    held: hold && { hold, isOneCall, thinking, isThinking: prefix === "" && open !== undefined },
    read: () => new ChatReply(backend, options),
  };
}

function joined(one: Int32Array, other: Int32Array): Int32Array {
  const tokens = new Int32Array(one.length + other.length);
  tokens.set(one);
  tokens.set(other, one.length);
  return tokens;
}

function prefixOf(choice: "required" | { readonly name: string }, tools: readonly ToolDefinition[], format: Format): string {
  if (tools.length === 0) throw new StageError("invalid_argument", "toolChoice: a call is demanded, but there are no tools; give `tools`");
  if (choice === "required") return callPrefix(format);
  if (tools.some(({ name }) => name === choice.name)) return callPrefix(format, choice.name);
  throw new StageError("invalid_argument", `toolChoice: there is no tool ${JSON.stringify(choice.name)}; there are: ${tools.map(({ name }) => name).join(", ")}`);
}
