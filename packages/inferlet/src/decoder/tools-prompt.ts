/** Telling a model of tools where its chat template does not. */
import { StageError } from "@iftk/core";
import type { Format, ToolDefinition } from "./format.js";

/**
 * A text for the system prompt that says which tools there are and how the model calls them.
 *
 * @throws StageError `unimplemented`, reason `option`, for a format without tools.
 */
export function toolsPrompt(format: Format, tools: readonly ToolDefinition[]): string {
  const writeCalls = callsOf(format);
  const lines = tools.map(({ name, description, parameters }) => JSON.stringify({ name, description, parameters }));
  return [
    "You have these tools, each described by a line of JSON:",
    ...lines,
    "To use one, answer with this alone, with the name and the arguments that you need:",
    writeCalls([{ name: placeholder, arguments: { ARGUMENT: "VALUE" } }]),
    "You are given what it returns. Where no tool helps, answer in words.",
  ].join("\n");
}

/** What a tool has given, a text as it is and anything else as JSON, as the model reads it in a turn of its own. */
export function toolAnswer(format: Format, name: string, value: unknown): string {
  return format.writeAnswer(name, typeof value === "string" ? value : (JSON.stringify(value) ?? "null"));
}

/**
 * How a reply begins that is a call, of a certain tool where one is named: put after the prompt, it leaves the model nothing else.
 *
 * It ends where a token may end. Throws StageError `unimplemented`, reason `option`, for a format without tools.
 */
export function callPrefix(format: Format, name?: string): string {
  const text = callsOf(format)([{ name: name ?? placeholder, arguments: {} }]);
  if (name !== undefined) return text.slice(0, text.indexOf(name) + name.length);
  return text.slice(0, text.indexOf(placeholder)).replace(/ ?"$/u, "");
}

const placeholder = "NAME";

function callsOf({ name, writeCalls }: Format): NonNullable<Format["writeCalls"]> {
  if (!writeCalls) throw new StageError("unimplemented", `tools: the format ${name} has none; give another one`, { reason: "option" });
  return writeCalls;
}
