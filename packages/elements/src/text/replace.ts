/** Text put in the place of text. */
import { map, sync, type Bidi } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";

/** Each occurrence of a text replaced by another, also where it comes in pieces. */
export const replace = element({
  kind: "transform",
  name: "replace",
  description: "Puts a text in the place of another wherever that occurs; both are plain text, no patterns.",
  properties: z.strictObject({
    find: z.string().min(1).max(1000).describe("Text to look for, letter for letter."),
    by: z.string().max(10_000).default("").describe("Text that takes its place; nothing without it."),
    across: z.boolean().default(true).describe("Whether it is found across pieces too, as in the text of a reply; with false each piece stays one, such as a line."),
  }),
  isOneForOne: ({ across }) => !across,
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create: ({ find, by, across }) => (across ? replaceAcross(find, by) : map((text: string) => text.replaceAll(find, () => by))),
});

function replaceAcross(find: string, by: string): Bidi<string, string> {
  return sync("replace", () => {
    let open = "";
    return {
      take(text: string) {
        open += text;
        const pieces: string[] = [];
        let begin = 0;
        for (let at = open.indexOf(find); at >= 0; at = open.indexOf(find, begin)) {
          pieces.push(open.slice(begin, at), by);
          begin = at + find.length;
        }
        const held = Math.max(begin, beginOfRest(open, find));
        pieces.push(open.slice(begin, held));
        open = open.slice(held);
        const given = pieces.join("");
        return given === "" ? [] : [given];
      },
      end: () => (open === "" ? [] : [open]),
    };
  });
}

/** Where an occurrence may begin that is not whole yet. */
function beginOfRest(text: string, find: string): number {
  const first = find[0] as string;
  for (let at = text.indexOf(first, Math.max(0, text.length - find.length + 1)); at >= 0; at = text.indexOf(first, at + 1)) if (find.startsWith(text.slice(at))) return at;
  return text.length;
}
