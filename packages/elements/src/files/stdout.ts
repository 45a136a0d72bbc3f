/** The output of the process. */
import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { inputStream, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { Outgoing } from "./outgoing.js";
import { writable } from "./writable.js";

/** The element that writes what comes to the standard output, or to a stream in its place. */
export const stdoutElement = (output?: Writable) => element({
  kind: "sink",
  name: "stdout",
  description: "Writes texts and bytes to the standard output as they are, and any other value as a line of JSON; it ends quietly when nobody reads on.",
  properties: z.strictObject({}),
  in: { name: "in", caps: caps.any },
  create: () => inputStream(async function stdout(input: Stream<unknown>): Promise<void> {
    const outgoing = new Outgoing(output ?? process.stdout);
    for await (const value of input) if (!(await outgoing.write(writable(value)))) return;
  }),
});

const colors = ["none", "red", "green", "yellow", "blue", "magenta", "cyan", "gray", "bold", "dim"] as const;

/** The element that shows what comes to people, on the standard output or a stream in its place. */
export const consoleElement = (output?: Writable) => element({
  kind: "sink",
  name: "console",
  description:
    "Shows texts as they come, and any other value as a line of JSON, and ends in a new line. On a terminal it has colours and shows control characters rather than obey them; it ends quietly when nobody reads on.",
  properties: z.strictObject({
    color: z.enum(colors).default("none").describe("Colour on a terminal that has some."),
    end: z.string().max(100).default("").describe("What is written after each text, such as a line feed."),
  }),
  in: { name: "in", caps: caps.any },
  create: ({ color, end }) => inputStream(async function console(input: Stream<unknown>): Promise<void> {
    const stream: Writable & { readonly isTTY?: boolean } = output ?? process.stdout;
    const outgoing = new Outgoing(stream);
    const decoder = new TextDecoder();
    let last = "\n";
    const show = async (text: string): Promise<boolean> => {
      if (text === "") return true;
      last = text;
      const shown = stream.isTTY ? visible(text) : text;
      return outgoing.write(color === "none" ? shown : styleText(color, shown, { stream }));
    };
    for await (const value of input) {
      const data = writable(value);
      const text = typeof data === "string" ? decoder.decode() + data + (typeof value === "string" ? end : "") : decoder.decode(data, { stream: true });
      if (!(await show(text))) return;
    }
    if ((await show(decoder.decode())) && !last.endsWith("\n")) await outgoing.write("\n");
  }),
});

/** The text with pictures of its control characters, by which it could move the cursor or rename the window. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what it looks for
  return text.replace(/\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\uFFFD";
  });
}
