/** Conversations in Markdown. */
import { flatMap } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { renderProperties, turnsOf, type Block } from "./messages-of.js";

/** A conversation as Markdown, a turn at a time. */
export const markdown = element({
  kind: "transform",
  name: "markdown",
  description: "Shows texts, messages and requests as Markdown: a heading for who speaks, then what is said as it is. It is no safer than what is said: html escapes.",
  properties: z.strictObject(renderProperties),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.text },
  create: (properties) => flatMap(function markdown(value: unknown): readonly string[] {
    return turnsOf(value, properties).map(({ name, blocks }) => `${[`${"#".repeat(properties.headingLevel)} ${inline(name)}`, ...blocks.map(blockOf)].join("\n\n")}\n\n`);
  }),
});

/** A name without what means something in Markdown. */
const inline = (name: string): string => name.replace(/[\\`*_{}[\]<>#|!]/gu, (mark) => `\\${mark}`).replace(/\s+/gu, " ");

function blockOf(block: Block): string {
  if (block.type === "text") return block.text.trim();
  const longest = Math.max(2, ...(block.text.match(/`+/gu) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${block.language}\n${block.text}\n${fence}`;
}
