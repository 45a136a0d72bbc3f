/** Colours on terminals. */
import { styleText } from "node:util";
import type { Host, HostOutput } from "./host.js";

/** The text in a colour, or as it is where there are no colours. */
export type Paint = (style: "red" | "green" | "yellow" | "cyan" | "dim" | "bold", text: string) => string;

/** Whether what is written there may have colours: on a terminal, unless NO_COLOR is set or the terminal is dumb. */
export function hasColours(output: HostOutput, env: Host["env"]): boolean {
  return output.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Colours for an output. */
export function painter(output: HostOutput, env: Host["env"]): Paint {
  return hasColours(output, env) ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
