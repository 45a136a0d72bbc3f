/** Places in JSON values, written as text. */
import { StageError } from "@iftk/core";
import { z } from "zod";

/** Looks a place up; undefined where there is nothing. */
export type Path = (value: unknown) => unknown;

const mostSteps = 32;
const step = /(?<dot>\.?)(?<name>[\p{L}_][\p{L}\p{N}_-]*)|\[(?:(?<index>0|[1-9]\d{0,8})|(?<quoted>"(?:[^"\\]|\\.)*"))\]/uy;

/**
 * The place that a text names: a singular query of JSONPath (RFC 9535, section 2.3.5.1), whose `$.` may be left out,
 * such as `choices[0].text` or `["a key"]`. `$` alone is the value itself.
 *
 * Only what a value has of its own is found. Throws StageError `invalid_argument` for anything else.
 */
export function pathOf(text: string): Path {
  const steps = stepsOf(text);
  return (value) => {
    let found = value;
    for (const name of steps) {
      if (typeof found !== "object" || found === null || Array.isArray(found) !== (typeof name === "number") || !Object.hasOwn(found, name)) return undefined;
      found = (found as Record<string | number, unknown>)[name];
    }
    return found;
  };
}

function stepsOf(text: string): readonly (string | number)[] {
  const query = text.startsWith("$") ? text.slice(1) : text;
  const steps: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < query.length) {
    const at = step.lastIndex;
    const groups = step.exec(query)?.groups;
    const hasDot = at > 0 || query !== text;
    if (!groups || (groups.name !== undefined && (groups.dot === ".") !== hasDot) || steps.length === mostSteps) throw wrong(text, at + text.length - query.length);
    const { name, index, quoted } = groups;
    steps.push(name ?? (index === undefined ? keyOf(text, quoted as string) : Number(index)));
  }
  if (text === "") throw wrong(text, 0);
  return steps;
}

function keyOf(text: string, quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw wrong(text, text.indexOf(quoted));
  }
}

function wrong(text: string, at: number): StageError {
  return new StageError("invalid_argument", `path ${JSON.stringify(text.slice(0, 80))}: at character ${at + 1} a name such as a.b, an index such as [0] or a quoted key such as ["a b"] is expected, at most ${mostSteps} in all`);
}

/** A property that is a path. */
export const path = z.string().min(1).max(500).refine((text) => {
  try {
    pathOf(text);
    return true;
  } catch {
    return false;
  }
}, 'expected a path such as a.b, list[0].name or ["a key"]; $ is the value itself');
