/** Caps as text, read back. */
import type { Caps } from "../caps.js";
import { LaunchText } from "../launch/launch-text.js";
import { PipelineSyntaxError, quoted } from "../launch/pipeline-syntax-error.js";
import { readCaps } from "../launch/read-caps.js";

/** The caps that `formatCaps` writes so, or what is wrong with the text. */
export function parseCaps(text: string): Caps | { readonly message: string } {
  const source = new LaunchText(text);
  try {
    const caps = readCaps(source);
    return source.skip().next === "" ? caps : source.failHere('expected "," and a parameter, or the end');
  } catch (error) {
    if (!(error instanceof PipelineSyntaxError)) throw error;
    return { message: `${quoted(text)} are no caps: ${error.problem}` };
  }
}
