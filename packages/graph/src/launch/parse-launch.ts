/** Reads launch lines. */
import { formatCaps } from "../caps.js";
import { name as elementName, type PadReference, type PipelineDescription } from "../description.js";
import { likelyName } from "../likely-name.js";
import type { Registry } from "../registry.js";
import { deepestNesting, longestDescription, longestLaunch } from "./launch-limits.js";
import { LaunchScope } from "./launch-scope.js";
import { LaunchText } from "./launch-text.js";
import { quoted } from "./pipeline-syntax-error.js";
import { printLaunch } from "./print-launch.js";
import { readCaps, startsCaps } from "./read-caps.js";
import { readProperties } from "./read-properties.js";
import { isQuote, readString } from "./read-value.js";

export interface ParseLaunchOptions {
  /** What elements and properties are looked up in; without it any name may stand. */
  readonly registry?: Registry | undefined;
}

/**
 * Reads a launch line: `chat model=tiny ! text ! tee name=t  t. ! upper ! console  t.out1 ! file path="a b.txt"`.
 *
 * `!` links; what does not begin with it begins a chain of its own. `t.` and `t.pad` stand for what is named `t`, before or after.
 * An element without a name is called after its kind and how many of that kind stand before it: `chat0`.
 * `( ... ) name=x` is a bin; a media type between two `!` is what alone may flow; a string at the beginning is the description; `#` begins a comment.
 *
 * @throws PipelineSyntaxError that says where it cannot be read, and what was expected.
 */
export function parseLaunch(text: string, { registry }: ParseLaunchOptions = {}): PipelineDescription {
  const source = new LaunchText(text);
  if (text.length > longestLaunch) source.fail(longestLaunch, `a pipeline is longer than ${longestLaunch} characters`);
  const description = readDescription(source);
  const scope = new LaunchScope(source);
  readChains({ text: source, scope, registry, depth: 0 });
  if (source.next !== "") source.fail(source.at, 'no "(" is open that this could close');
  scope.resolve();
  const pipeline: PipelineDescription = { version: 1, ...(description !== undefined && { description }), ...scope.graph };
  if (printLaunch(pipeline).length > longestLaunch) source.fail(text.length, `the pipeline is longer than ${longestLaunch} characters when it is formatted`);
  return pipeline;
}

/** Where chains are read. */
interface Reading {
  readonly text: LaunchText;
  readonly scope: LaunchScope;
  readonly registry: Registry | undefined;
  readonly depth: number;
}

/** An end of a link. */
interface Node extends PadReference {
  readonly offset: number;
  readonly isReference: boolean;
}

function readDescription(text: LaunchText): string | undefined {
  const start = text.skip().at;
  if (!isQuote(text.next)) return undefined;
  const description = readString(text);
  if (description.length > longestDescription) text.fail(start, `the description is longer than ${longestDescription} characters`);
  return description;
}

function readChains(reading: Reading): void {
  const { text } = reading;
  while (text.skip().next !== "" && text.next !== ")") readChain(reading);
}

function readChain(reading: Reading): void {
  const { text, scope } = reading;
  let from = readNode(reading, "");
  if (from.isReference && text.skip().next !== "!") text.fail(from.offset, 'nothing is linked to this; expected "!" after it', { length: from.element.length + 1 });
  while (text.take("!")) {
    const caps = startsCaps(text) ? formatCaps(readCaps(text)) : undefined;
    if (caps !== undefined && !text.take("!")) text.failHere('expected "!" after the caps, and an element');
    const to = readNode(reading, caps === undefined ? ' after "!"' : " after the caps");
    if (to.pad !== undefined && text.skip().next === "!") {
      text.fail(to.offset, `a pad ends a chain; begin the next one with the pad that it goes on from, as ${to.element}. !`, { length: to.element.length + to.pad.length + 1 });
    }
    scope.link(to.offset, padOf(from), padOf(to), caps);
    from = to;
  }
}

function padOf({ element, pad }: Node): PadReference {
  return pad === undefined ? { element } : { element, pad };
}

function readNode(reading: Reading, where: string): Node {
  const { text } = reading;
  const offset = text.skip().at;
  if (text.next === "(") return readBin(reading);
  if (isQuote(text.next)) text.fail(offset, "a text stands after the name of its property, as in key=\"…\"");
  const word = text.word();
  if (word === undefined && where === "" && text.next === "!") text.fail(offset, 'expected an element before "!"');
  if (word === undefined) return text.failHere(`expected an element${where}`);
  if (text.skip().next === "=") text.fail(offset, `expected an element${where}, found the property ${quoted(word)}`, { length: word.length });
  if (word.includes("/")) text.fail(offset, 'caps stand between two "!"; a path stands after the name of its property, as in path=a/b', { length: word.length });
  return word.includes(".") ? readReference(reading, offset, word) : readElement(reading, offset, word);
}

function readReference({ text, scope }: Reading, offset: number, word: string): Node {
  const [element = "", pad = "", ...others] = word.split(".");
  requireName(text, offset, element, word);
  if (pad !== "") requireName(text, offset + element.length + 1, pad, word);
  if (others.length > 0) text.fail(offset, `expected ${element}. or ${element}.${pad}`, { length: word.length });
  scope.mention(element, offset);
  return { offset, isReference: true, element, ...(pad !== "" && { pad }) };
}

function readElement({ text, scope, registry }: Reading, offset: number, element: string): Node {
  requireName(text, offset, element, element);
  if (registry && !registry.has(element)) text.fail(offset, `there is no element ${quoted(element)}`, { length: element.length, likely: likelyName(element, registry.names()) });
  const { name, properties } = readProperties(text, registry?.find(element).definition);
  return { offset, isReference: false, element: scope.declare(offset, name, properties === undefined ? { element } : { element, properties }) };
}

function readBin({ text, scope, registry, depth }: Reading): Node {
  const offset = text.at;
  if (depth === deepestNesting) text.fail(offset, `bins are nested deeper than ${deepestNesting}`);
  text.at++;
  const inner = new LaunchScope(text, scope);
  readChains({ text, scope: inner, registry, depth: depth + 1 });
  if (!text.take(")")) text.fail(offset, 'this "(" is not closed');
  const { name } = readProperties(text, "bin");
  return { offset, isReference: false, element: scope.declare(offset, name, { bin: inner.graph }) };
}

function requireName(text: LaunchText, offset: number, name: string, word: string): void {
  const { error } = elementName.safeParse(name);
  if (error) text.fail(offset, `${quoted(word)} is no name: ${error.issues[0]?.message ?? ""}`, { length: name.length });
}
