/** Caps as text, in a launch line and anywhere else. */
import { formatCaps, type Caps, type CapsValue } from "../caps.js";
import { propertyName } from "../description.js";
import { longestCaps } from "./launch-limits.js";
import type { LaunchText } from "./launch-text.js";
import { quoted } from "./pipeline-syntax-error.js";
import { isQuote, readBareValue, readString } from "./read-value.js";

const mediaType = /^(?:\*|\w[\w.+-]*)\/(?:\*|\w[\w.+-]*)$/;

/** Whether caps come next: a word with a slash. */
export function startsCaps(text: LaunchText): boolean {
  const start = text.skip().at;
  const isCaps = text.word()?.includes("/") === true;
  text.at = start;
  return isCaps;
}

/** Reads caps: `audio/pcm,rate=16000` with white space where one likes; values of parameters are words, numbers, `true`, `false`, or texts in quotes. */
export function readCaps(text: LaunchText): Caps {
  const start = text.skip().at;
  const type = readWord(text, (word) => mediaType.test(word), "expected caps as kind/subtype, such as audio/pcm or text/*");
  const parameters: Record<string, CapsValue> = {};
  while (text.take(",")) {
    const offset = text.skip().at;
    const name = readWord(text, (word) => propertyName.safeParse(word).success, "expected a parameter of the caps, such as rate=16000");
    if (Object.hasOwn(parameters, name)) text.fail(offset, `the caps give ${quoted(name)} twice`, { length: name.length });
    if (!text.take("=")) text.failHere(`expected "=" and a value of ${quoted(name)}`);
    parameters[name] = readParameter(text, name);
  }
  const caps = { type, ...(Object.keys(parameters).length > 0 && { parameters }) };
  if (formatCaps(caps).length > longestCaps) text.fail(start, `caps are longer than ${longestCaps} characters`, { length: text.at - start });
  return caps;
}

function readWord(text: LaunchText, isFitting: (word: string) => boolean, problem: string): string {
  const offset = text.skip().at;
  const word = text.word() ?? text.failHere(problem);
  return isFitting(word) ? word : text.fail(offset, `${problem}, found ${quoted(word)}`, { length: word.length });
}

function readParameter(text: LaunchText, name: string): CapsValue {
  const offset = text.skip().at;
  if (isQuote(text.next)) return readString(text);
  const word = text.word() ?? text.failHere(`expected a value of ${quoted(name)}`);
  return readBareValue(text, offset, word) ?? text.fail(offset, "null is no value of caps", { length: word.length });
}
