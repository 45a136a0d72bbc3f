/** Tools, and what they give, as programs tell of them. */
import { StageError } from "@iftk/core";
import type { ToolDefinition } from "../decoder/format.js";

/**
 * The definition of a tool: given as it is, as the `function` of one, or as the JSON of either.
 *
 * @throws StageError `invalid_argument` for anything else.
 */
export function toolOf(tool: ToolDefinition | string): ToolDefinition {
  let given: unknown = tool;
  try {
    if (typeof tool === "string") given = JSON.parse(tool);
  } catch (cause) {
    throw new StageError("invalid_argument", "equipTools: a definition is no JSON", { cause });
  }
  const definition = ((given as { function?: unknown } | null)?.function ?? given) as Partial<ToolDefinition> | null;
  if (typeof definition?.name === "string" && typeof definition.parameters === "object" && definition.parameters !== null) return definition as ToolDefinition;
  throw new StageError("invalid_argument", "equipTools: expected an object with a name and the JSON Schema of its parameters");
}

/** What a tool gave as a text: a text as it is, anything else as JSON. @throws StageError `invalid_argument` for what has none. */
export function answerOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "null";
  } catch (cause) {
    throw new StageError("invalid_argument", `answerTool: what ${name} gave has no JSON; give a text`, { cause });
  }
}
