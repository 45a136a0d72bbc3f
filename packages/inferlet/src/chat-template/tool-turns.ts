/** Tools, calls and their results as a chat template takes them, or as text where it takes none. */
import type { Format, ToolDefinition } from "../decoder/format.js";
import { toolAnswer, toolsPrompt } from "../decoder/tools-prompt.js";
import type { TextTurn } from "./text-turn.js";

/** Turns with the calls and results of tools as text, for a template that knows none; results that stand together are one turn, as turns take turns. */
export function callsAsText(turns: readonly TextTurn[], format: Format): readonly TextTurn[] {
  const told: TextTurn[] = [];
  for (const [index, turn] of turns.entries()) {
    if (turn.toolCalls) told.push({ role: turn.role, content: [turn.content, format.writeCalls?.(turn.toolCalls) ?? ""].filter((text) => text !== "").join("\n") });
    else if (turn.role !== "tool") told.push(turn);
    else {
      const answer = toolAnswer(format, turn.name ?? "tool", turn.content);
      const others = turns[index - 1]?.role === "tool" ? told.pop() : undefined;
      told.push({ role: "user", content: others === undefined ? answer : `${others.content}\n${answer}` });
    }
  }
  return told;
}

/** Turns with a system prompt that tells of tools, for a template that takes none. */
export function withToolsPrompt(turns: readonly TextTurn[], tools: readonly ToolDefinition[], format: Format): readonly TextTurn[] {
  const [first, ...others] = turns;
  const prompt = toolsPrompt(format, tools);
  if (first?.role === "system") return [{ ...first, content: `${first.content}\n\n${prompt}` }, ...others];
  return [{ role: "system", content: prompt }, ...turns];
}

/** The turns with what the system says put before what the user says first, for templates that have no system turn. */
export function withoutSystem(turns: readonly TextTurn[]): readonly TextTurn[] {
  const [system, next, ...others] = turns;
  if (system?.role !== "system" || next?.role !== "user") return turns;
  return [{ ...next, content: `${system.content}\n\n${next.content}` }, ...others];
}

/** A tool as templates take it; they count on a description. */
export function templateTool({ name, description = "", parameters }: ToolDefinition): object {
  return { type: "function", function: { name, description, parameters } };
}

/** A turn as templates take it; some write the arguments of a call themselves, some want the text of them. */
export function templateMessage({ role, content, toolCalls, toolCallId, name }: TextTurn, isTextWanted: boolean): object {
  return {
    role,
    content,
    ...(toolCalls && {
      tool_calls: toolCalls.map((call) => ({ id: call.id, type: "function", function: { name: call.name, arguments: isTextWanted ? JSON.stringify(call.arguments) : call.arguments } })),
    }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(name !== undefined && { name }),
  };
}

/** What the turn says by texts of its own: its content, and the strings in the arguments of its calls, changed by the function. */
export function mapTexts(turn: TextTurn, change: (text: string) => string): TextTurn {
  const { toolCalls } = turn;
  return {
    ...turn,
    content: change(turn.content),
    ...(toolCalls && { toolCalls: toolCalls.map((call) => ({ ...call, arguments: mapStrings(call.arguments, change) })) }),
  };
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((element) => mapStrings(element, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapStrings(member, change)]));
}

/** What the turn gives to the template besides the texts of its own: names, and the keys of arguments. */
export function labelsOf({ toolCalls = [], name }: TextTurn): readonly string[] {
  return [...(name === undefined ? [] : [name]), ...toolCalls.flatMap((call) => [call.name, ...keysOf(call.arguments)])];
}

function keysOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(keysOf);
  return Object.entries(value).flatMap(([key, member]) => [key, ...keysOf(member)]);
}
