/** Models that call tools. */
import { from, outputStream, StageError, type Call, type Stream } from "@iftk/core";
import { caps, element, type ElementSetting } from "@iftk/graph";
import { addUsage, contentOf, defined, parseRequest, reply as replyOf, type AssistantMessage, type ChatRequest, type Message, type Part, type Tool, type ToolCall, type ToolCallInvalid, type ToolMessage, type Usage } from "@iftk/inference";
import { z } from "zod";
import { askModels, modelProperty, requestProperties, resilienceProperties, type ChatRouter, type ModelOptions } from "./chat.js";

/** A function that models may call. Pipelines that are written down name it; what it is, only code says. */
export interface ToolFunction extends Tool {
  /** What it gives is told to the model: a text as it is, anything else as JSON. A StageError is told too; of any other error only that there was one. */
  readonly run: (given: unknown, call: Pick<Call, "signal">) => unknown;
}

export interface AgentOptions extends ModelOptions {
  /** What the pipelines may let models call; nothing by default. */
  readonly tools?: readonly ToolFunction[] | undefined;
}

/** The element that asks a model of the router, runs the tools that it calls, and asks again, so many times at most. */
export const agentElement = ({ router, model, tools = [] }: AgentOptions) => {
  const byName = new Map(tools.map((tool) => [tool.name, checked(tool)]));
  return element({
    kind: "transform",
    name: "agent",
    description: "Asks a model, runs the tools that it calls and tells it the results, until it calls none; gives the parts of all replies with one finish at the end.",
    properties: z.strictObject({
      model: modelProperty(model),
      tools: z.array(z.string().max(64)).max(128).optional().describe(`Names of the tools that it may call; all without it. There ${byName.size === 0 ? "are none" : `are ${[...byName.keys()].join(", ")}`}.`),
      turns: z.int().min(1).max(100).default(8).describe("Replies at most; a model that still calls tools in the last one is an error."),
      maximum: z.int().min(1).max(2 ** 24).default(100_000).describe("Longest result of a tool in UTF-16 code units; the model is told of a longer one that it is too long."),
      ...requestProperties,
      ...resilienceProperties,
    }),
    in: { name: "in", caps: caps.chatRequest },
    out: { name: "out", caps: caps.part },
    create({ model, fallback, timeout, idleTimeout, tools: names = [...byName.keys()], turns, maximum, ...properties }, setting) {
      const chosen = names.map((name) => byName.get(name) ?? missing(name, byName));
      const chat = askModels(router, { model, fallback, timeout, idleTimeout });
      return outputStream(function agent(request: ChatRequest, call): Stream<Part> {
        return answers({ chat, tools: chosen, turns, maximum, setting }, { ...defined(properties), ...request }, call);
      });
    },
  });
};

/** The tool, which runs with arguments that fit its schema and tells of others what is wrong with them. */
function checked(tool: ToolFunction): ToolFunction {
  let schema: z.ZodType;
  try {
    schema = z.fromJSONSchema(tool.parameters);
  } catch (cause) {
    throw new StageError("invalid_argument", `agent: the parameters of the tool ${JSON.stringify(tool.name)} are no JSON Schema that can be checked: ${cause instanceof Error ? cause.message : "unknown"}`, { cause });
  }
  return { ...tool, run: (given, call) => tool.run(parseRequest(schema, given, `arguments of ${tool.name}`), call) };
}

function missing(name: string, tools: ReadonlyMap<string, ToolFunction>): never {
  throw new StageError("not_found", `agent: there is no tool ${JSON.stringify(name)}; there ${tools.size === 0 ? "are none" : `are ${[...tools.keys()].join(", ")}`}`, { reason: "tool" });
}

interface Agent {
  readonly chat: ReturnType<ChatRouter>;
  readonly tools: readonly ToolFunction[];
  readonly turns: number;
  readonly maximum: number;
  readonly setting: ElementSetting;
}

async function* answers(agent: Agent, request: ChatRequest, call: Call): AsyncGenerator<Part, void, undefined> {
  const offered = agent.tools.map(({ run: _run, ...tool }): Tool => tool);
  let messages: readonly Message[] = request.messages;
  let usage: Usage | undefined;
  for (let turn = 1; ; turn++) {
    const parts: Part[] = [];
    // A call that was required is required once: else the model could never come to an end.
    const isHeld = turn > 1 && request.toolChoice !== undefined && request.toolChoice !== "none";
    for await (const part of agent.chat({ ...request, messages: [...messages], ...(offered.length > 0 && { tools: offered }), ...(isHeld && { toolChoice: "auto" }) }, call)) {
      parts.push(part);
      if (part.type !== "finish") yield part;
    }
    const { message, toolCalls, invalidToolCalls, finish } = await replyOf(from(parts), call);
    usage = usage ? addUsage(usage, finish.usage) : finish.usage;
    if (toolCalls.length + invalidToolCalls.length === 0) {
      yield { ...finish, usage };
      return;
    }
    if (turn === agent.turns) throw new StageError("failed_precondition", `agent: the model still calls tools in reply ${turn}, the last one that is allowed; raise turns if that is meant to be`, { reason: "turns" });
    const results: ToolMessage[] = invalidToolCalls.map(({ id, name, message }) => ({ role: "tool", toolCallId: id, name, content: message, isError: true }));
    for (const toolCall of toolCalls) results.push(await resultOf(toolCall, agent, call));
    messages = [...messages, withCalls(message, invalidToolCalls), ...results];
  }
}

/** The turn with the calls that were not JSON too: providers insist that a result is that of a call. */
function withCalls(message: AssistantMessage, calls: readonly ToolCallInvalid[]): AssistantMessage {
  if (calls.length === 0) return message;
  return { ...message, content: [...contentOf(message), ...calls.map(({ id, name }) => ({ type: "tool-call" as const, id, name, arguments: {} }))] };
}

async function resultOf({ id, name, arguments: given }: ToolCall, { tools, maximum, setting }: Agent, { signal }: Call): Promise<ToolMessage> {
  const tool = tools.find((tool) => tool.name === name);
  const result = { role: "tool", toolCallId: id, name } as const;
  if (!tool) return { ...result, content: `there is no tool ${JSON.stringify(name)}`, isError: true };
  try {
    const value = await tool.run(given, { signal });
    const content = typeof value === "string" ? value : (JSON.stringify(value) ?? "done");
    if (content.length > maximum) throw new StageError("resource_exhausted", `the result has ${content.length} characters, and ${maximum} are allowed`, { reason: "too-large" });
    return { ...result, content };
  } catch (error) {
    signal.throwIfAborted();
    const message = StageError.is(error) ? error.message : "the tool failed";
    setting.report({ type: "warning", message: `tool ${name}: ${message}` });
    return { ...result, content: message, isError: true };
  }
}
