/** JSON, a value a line. */
import { map, pipe, StageError, sync } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { cutLines } from "../text/lines.js";

/** Values out of JSON Lines. */
export const fromJsonl = element({
  kind: "transform",
  name: "from-jsonl",
  description: "Reads JSON Lines: a value of each line that is not blank; a line that is no JSON is an error that names it.",
  properties: z.strictObject({ maximum: z.int().min(1).max(2 ** 28).default(2 ** 24).describe("Longest line in UTF-16 code units; a longer one is an error.") }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.json },
  create: ({ maximum }) => pipe(cutLines(false, maximum), sync<string, unknown>("from-jsonl", () => {
    let count = 0;
    return {
      take(line) {
        count++;
        return line.trim() === "" ? [] : [parse(line, count)];
      },
    };
  })),
});

function parse(line: string, count: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new StageError("invalid_argument", `from-jsonl: line ${count} is not JSON`, { cause });
  }
}

/** Values as JSON Lines. */
export const toJsonl = element({
  kind: "transform",
  name: "to-jsonl",
  description: "Writes each value as a line of JSON.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.text },
  create: () => map(function toJsonl(value: unknown): string {
    const json = JSON.stringify(value);
    if (json === undefined) throw new StageError("invalid_argument", `to-jsonl: a value of type ${typeof value} has no form in JSON`);
    return `${json}\n`;
  }),
});
