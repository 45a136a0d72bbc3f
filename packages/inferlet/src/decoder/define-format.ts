/** Formats for families that are not among ours. */
import { StageError } from "@iftk/core";
import type { Format, FormatDefinition } from "./format.js";
import { TagReader } from "./tag-reader.js";

/**
 * A format of your own: the marks of it, or a reader.
 *
 * @throws StageError `invalid_argument` for marks that are empty or begin with one another, and for calls without a way to write them.
 */
export function defineFormat(definition: FormatDefinition): Format {
  if ("read" in definition) return definition;
  const { name, thinking = [], calls = [], wrappers = [], writeCalls, writeAnswer = plainAnswer } = definition;
  const markers = [...thinking.flatMap(({ open, close }) => [open, close]), ...calls.flatMap(({ open, close = [] }) => (open === undefined ? close : [open, ...close])), ...wrappers];
  if (markers.includes("")) throw new StageError("invalid_argument", `format ${name}: a mark is empty; expected at least one character`);
  for (const marker of markers) {
    const longer = markers.find((other) => other !== marker && other.startsWith(marker));
    if (longer !== undefined) throw new StageError("invalid_argument", `format ${name}: the mark ${JSON.stringify(longer)} begins with the mark ${JSON.stringify(marker)}; they cannot be told apart while they come`);
  }
  if (calls.length > 0 && !writeCalls) throw new StageError("invalid_argument", `format ${name}: it has calls, so it needs writeCalls, by which a model is told how to make them`);
  return { name, markers, thinking, read: (sink, options) => new TagReader(definition, sink, options), writeCalls, writeAnswer };
}

function plainAnswer(name: string, value: string): string {
  return `Result of ${name}:\n${value}`;
}
