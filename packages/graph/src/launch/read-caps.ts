/** Caps between two elements of a launch line. */
import { longestCaps } from "./launch-limits.js";
import type { LaunchText } from "./launch-text.js";
import { quoted } from "./pipeline-syntax-error.js";
import { isQuote, readString } from "./read-value.js";

const type = /^[\w*][\w.+*-]*\/[\w*][\w.+*-]*$/;
const parameterName = /[a-z][\w.-]*/iy;
const parameterValue = /[\w.+:/*-]+/y;
const bareCaps = /^[\w*][\w.+*-]*\/[\w*][\w.+*-]*(?:,[a-z][\w.-]*=[\w.+:/*-]+)*$/i;

/** Whether caps can be written without quotes. */
export function isBareCaps(caps: string): boolean {
  return bareCaps.test(caps);
}

/** Whether caps come next: a media type or a string. */
export function startsCaps(text: LaunchText): boolean {
  const start = text.skip().at;
  const isCaps = isQuote(text.next) || text.word()?.includes("/") === true;
  text.at = start;
  return isCaps;
}

/** Reads caps: `audio/pcm,rate=16000` with white space where one likes, or any text in quotes. */
export function readCaps(text: LaunchText): string {
  const start = text.at;
  const caps = isQuote(text.next) ? readString(text) : readParameters(text, readType(text));
  if (caps.length > longestCaps) text.fail(start, `caps are longer than ${longestCaps} characters`, { length: text.at - start });
  return caps;
}

function readType(text: LaunchText): string {
  const start = text.at;
  const word = text.word() ?? "";
  return type.test(word) ? word : text.fail(start, "expected caps as kind/subtype, such as audio/pcm or text/*", { length: word.length });
}

function readParameters(text: LaunchText, type: string): string {
  const parts = [type];
  while (text.take(",")) {
    const name = text.skip().match(parameterName) ?? text.failHere("expected a parameter of the caps, such as rate=16000");
    if (!text.take("=")) text.failHere(`expected "=" and a value of ${quoted(name)}`);
    parts.push(`${name}=${text.skip().match(parameterValue) ?? text.failHere(`expected a value of ${quoted(name)}`)}`);
  }
  return parts.join(",");
}
