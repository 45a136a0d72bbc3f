/** Text cut into lines. */
import { StageError, sync, type Bidi } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** The lines of a text, by line feeds or carriage returns and line feeds. */
export const lines = element({
  kind: "transform",
  name: "lines",
  description: "Cuts text into lines, by line feeds or carriage returns and line feeds; the last line need not end in one.",
  properties: z.strictObject({
    ends: z.enum(["drop", "keep"]).default("drop").describe("Whether lines are given with what ends them; with keep no character is lost."),
    maximum: z.int().min(1).max(2 ** 28).default(2 ** 20).describe("Longest line in UTF-16 code units; a longer one is an error."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create: ({ ends, maximum }) => cutLines(ends === "keep", maximum),
});

/** The stage that cuts text into lines. Throws StageError `resource_exhausted`, reason `too-large`, for a line that is too long. */
export function cutLines(keepsEnds: boolean, maximum: number): Bidi<string, string> {
  return sync("lines", () => {
    let pieces: string[] = [];
    let length = 0;
    let count = 0;
    const keep = (piece: string): void => {
      pieces.push(piece);
      length += piece.length;
      if (length > maximum + 2) throw tooLong();
    };
    const give = (): string => {
      const line = pieces.join("");
      count++;
      pieces = [];
      length = 0;
      const bare = line.endsWith("\r\n") ? line.slice(0, -2) : line.endsWith("\n") ? line.slice(0, -1) : line;
      if (bare.length > maximum) throw tooLong();
      return keepsEnds ? line : bare;
    };
    const tooLong = (): StageError => new StageError("resource_exhausted", `lines: line ${count + 1} is longer than ${maximum} characters; raise maximum if that is meant to be`, { reason: "too-large" });
    return {
      take(text: string) {
        const given: string[] = [];
        let begin = 0;
        for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", begin)) {
          keep(text.slice(begin, end + 1));
          given.push(give());
          begin = end + 1;
        }
        if (begin < text.length) keep(text.slice(begin));
        return given;
      },
      end: () => (length > 0 ? [give()] : []),
    };
  });
}
