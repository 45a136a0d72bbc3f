/** Pieces put together. */
import { forEach, inputStream, map, StageError, type InputStream, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** All the text that comes, as one. */
export const join = element({
  kind: "transform",
  name: "join",
  description: "Gives all the text that comes as one, when it has ended.",
  properties: z.strictObject({
    separator: z.string().max(1000).default("").describe("What stands between the pieces."),
    maximum: z.int().min(1).max(2 ** 28).default(2 ** 24).describe("Longest text in UTF-16 code units; a longer one is an error."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create: ({ separator, maximum }) => joinText("join", separator, maximum),
});

/** The stage that gives all text as one. Throws StageError `resource_exhausted`, reason `too-large`. */
export function joinText(name: string, separator: string, maximum: number): InputStream<string, string> {
  return inputStream(async function join(texts: Stream<string>): Promise<string> {
    let whole: string | undefined;
    await forEach(texts, (text) => {
      whole = whole === undefined ? text : whole + separator + text;
      if (whole.length > maximum) throw new StageError("resource_exhausted", `${name}: the text is longer than ${maximum} characters`, { reason: "too-large" });
    });
    return whole ?? "";
  });
}

/** Texts without the blanks around them. */
export const trim = element({
  kind: "transform",
  name: "trim",
  description: "Gives each piece of text without the blanks at its ends.",
  properties: z.strictObject({ ends: z.enum(["both", "start", "end"]).default("both").describe("Where blanks are left out.") }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create: ({ ends }) => map(function trim(text: string): string {
    return ends === "both" ? text.trim() : ends === "start" ? text.trimStart() : text.trimEnd();
  }),
});
