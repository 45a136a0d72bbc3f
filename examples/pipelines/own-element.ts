/** An element of one's own: written in code, checked by its schema, and then one word of a launch line as any other. */
import { collect, from, map, type Bidi } from "@iftk/core";
import { build, caps, element, parseLaunch } from "@iftk/graph";
import { z } from "zod";
import { openElements, runProgram } from "./run-program.js";

const address = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/** Hides mail addresses. An address may come in two pieces of text, so it stands behind an element that gives whole ones, such as `lines`. */
export const redact = element({
  kind: "transform",
  name: "redact",
  description: "Puts a word in the place of mail addresses; stands behind an element that cuts text where no address is, such as lines.",
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  properties: z.strictObject({
    with: z.string().min(1).max(50).default("[address]").describe("What stands in their place."),
  }),
  create: ({ with: word }) => map((text: string) => text.replace(address, () => word)),
});

/** The lines of a text as the launch line has them, which may use `redact`. */
export async function through(line: string, text: string): Promise<readonly string[]> {
  await using elements = openElements({ own: [redact] });
  const { registry } = elements;
  const stage = build(parseLaunch(line, { registry }), registry).stage as Bidi<string, string>;
  return await collect(stage(from([text])));
}

await runProgram(import.meta.url, async ({ args: [line = 'lines ! redact with="someone" ! trim', text = "Ask ana@example.org,\nor leo.b@mail.example.com in a hurry."], print }) => {
  for (const whole of await through(line, text)) print(`${whole}\n`);
});
