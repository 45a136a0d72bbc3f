/** The tools of a request, and which of them the model is to call. */
import type { MessageCreateParamsBase, Tool as ToolParam, ToolChoice as ToolChoiceParam } from "@anthropic-ai/sdk/resources/messages";
import { StageError } from "@iftk/core";
import type { ChatRequest, Tool } from "@iftk/inference";
import { provider } from "./failure.js";
import { heldSchema, jsonTool, type JsonReply } from "./json-reply.js";
import type { ModelTraits } from "./model-traits.js";

/**
 * The tools as the provider takes them.
 *
 * @throws StageError `invalid_argument` for a choice among tools that are not there, `unimplemented`, reason `option`, where the model
 * cannot be made to call one.
 */
export function toolParams({ tools = [], toolChoice = "auto", parallelToolCalls }: ChatRequest, json: JsonReply, traits: ModelTraits, warn: (message: string) => void): Pick<MessageCreateParamsBase, "tools" | "tool_choice"> {
  const isForced = toolChoice === "required" || typeof toolChoice === "object";
  if (isForced) checkChoice(toolChoice, tools, traits);
  if (tools.some(({ name }) => name === jsonTool)) throw new StageError("invalid_argument", `${provider}: tools: the name ${jsonTool} is taken; choose another`);
  const given = tools.map((tool) => toolParam(tool, traits, warn));
  // A call that is forced comes before the reply, and the reply is to come in a later turn.
  const reply: ToolParam[] = json?.by === "tool" && !isForced ? [{ name: jsonTool, description: json.description, input_schema: { ...json.schema, type: "object" } }] : [];
  const all = [...given, ...reply];
  if (all.length === 0) return {};
  const choice = choiceOf(toolChoice, reply.length > 0, tools.length > 0);
  const alone = parallelToolCalls === false && choice.type !== "none" ? { disable_parallel_tool_use: true } : {};
  const isDefault = choice.type === "auto" && parallelToolCalls !== false;
  return { tools: all, ...(!isDefault && { tool_choice: { ...choice, ...alone } }) };
}

function choiceOf(choice: NonNullable<ChatRequest["toolChoice"]>, repliesByTool: boolean, hasTools: boolean): ToolChoiceParam {
  if (typeof choice === "object") return { type: "tool", name: choice.name };
  if (choice === "required") return { type: "any" };
  if (repliesByTool) return choice === "auto" && hasTools ? { type: "any" } : { type: "tool", name: jsonTool };
  return { type: choice };
}

function checkChoice(choice: "required" | { readonly name: string }, tools: readonly Tool[], { takesForcedTool }: ModelTraits): void {
  if (tools.length === 0) throw new StageError("invalid_argument", `${provider}: toolChoice: there are no tools to call`);
  if (typeof choice === "object" && !tools.some(({ name }) => name === choice.name)) {
    throw new StageError("invalid_argument", `${provider}: toolChoice.name: there is no tool ${JSON.stringify(choice.name)}; there are ${tools.map(({ name }) => name).join(", ")}`);
  }
  if (!takesForcedTool) throw new StageError("unimplemented", `${provider}: toolChoice: this model cannot be made to call a tool; leave it to the model with "auto", and ask for the call in the instructions`, { reason: "option" });
}

function toolParam({ name, description, parameters, strict }: Tool, { takesFormat }: ModelTraits, warn: (message: string) => void): ToolParam {
  const isHeld = strict === true && takesFormat;
  if (strict === true && !isHeld) warn(`tools: this model cannot be held to the schema of ${name}; its \`strict\` is left out`);
  const schema = isHeld ? heldSchema({ type: "object", ...parameters }, `the parameters of the tool ${name}`) : parameters;
  return { name, ...(description !== undefined && { description }), input_schema: { ...schema, type: "object" }, ...(isHeld && { strict: true }) };
}
