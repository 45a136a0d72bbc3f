/** By what an answer of the embedded model is judged. */
import * as z from "zod";

const texts = z.array(z.string());

/** A condition on an answer and the row of the table in which it is counted. */
export const check = z.discriminatedUnion("kind", [
  z.object({ row: z.string(), kind: z.literal("includes"), all: texts.default([]), any: texts.default([]), words: z.number().default(0), sentences: z.number().optional() }),
  z.object({ row: z.string(), kind: z.literal("exact"), text: z.string() }),
  z.object({ row: z.string(), kind: z.literal("ending"), text: z.string() }),
  z.object({ row: z.string(), kind: z.literal("number"), value: z.number() }),
  z.object({ row: z.string(), kind: z.literal("topic"), words: texts }),
  z.object({ row: z.string(), kind: z.literal("json") }),
  z.object({ row: z.string(), kind: z.literal("json-value"), value: z.unknown() }),
  z.object({ row: z.string(), kind: z.literal("outline"), characters: texts }),
  z.object({ row: z.string(), kind: z.literal("list"), of: texts, count: z.number() }),
  z.object({ row: z.string(), kind: z.literal("call-json") }),
  z.object({ row: z.string(), kind: z.literal("call"), name: z.string(), arguments: z.record(z.string(), z.unknown()).optional(), includes: z.record(z.string(), z.unknown()).default({}), mentions: texts.default([]) }),
  z.object({ row: z.string(), kind: z.literal("no-call") }),
]);
export type Check = z.infer<typeof check>;

/** Whether an answer, without its reasoning, meets the condition. */
export function holds(condition: Check, answer: string): boolean {
  const text = answer.trim();
  switch (condition.kind) {
    case "includes":
      return condition.all.every(isIn(text)) && (condition.any.length === 0 || condition.any.some(isIn(text)))
        && wordsOf(text).length >= condition.words && (condition.sentences === undefined || sentenceCount(text) === condition.sentences);
    case "exact":
      return text === condition.text;
    case "ending":
      return text.endsWith(condition.text);
    case "number":
      return lastNumber(text) === condition.value;
    case "topic":
      return isOnTopic(wordsOf(text), new Set(condition.words));
    case "json":
      return parsed(text) !== undefined;
    case "json-value":
      return isSame(parsed(text), condition.value);
    case "outline":
      return isOutline(parsed(text), condition.characters);
    case "list":
      return isList(text, condition.of, condition.count);
    case "call-json":
      return callIn(text) !== undefined;
    case "call": {
      const call = callIn(text);
      return call !== undefined && call.name === condition.name
        && (condition.arguments === undefined || isSame(call.arguments, condition.arguments))
        && Object.entries(condition.includes).every(([key, value]) => isSame(call.arguments[key], value))
        && condition.mentions.every(isIn(text));
    }
    case "no-call":
      return !text.includes("<tool_call>");
  }
}

const isIn = (text: string) => (part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9]+/gu) ?? [];

const sentenceCount = (text: string): number => text.match(/[.!?]["']?(?:\s|$)/gu)?.length ?? 0;

/** The number that a text comes to: the last one in it. */
function lastNumber(text: string): number | undefined {
  const numbers = text.match(/\d+/gu);
  return numbers ? Number(numbers.at(-1)) : undefined;
}

/** At least four words, and nine of ten are among those that belong to the topic. */
function isOnTopic(words: readonly string[], expected: ReadonlySet<string>): boolean {
  return words.length >= 4 && words.filter((word) => expected.has(word)).length >= 0.9 * words.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether two JSON values are the same, whatever the order of their keys. */
function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]);
}

const outline = z.strictObject({ title: z.string().min(1), characters: texts.min(1), scenes: texts.min(1) });

function isOutline(value: unknown, characters: readonly string[]): boolean {
  const { success, data } = outline.safeParse(value);
  return success && characters.every((name) => data.characters.some(isInText(name)));
}

const isInText = (part: string) => (text: string): boolean => isIn(text)(part);

function isList(text: string, choices: readonly string[], count: number): boolean {
  const items = text.split("\n").map((line) => line.replace(/^\d+\. /u, ""));
  return items.length === count && new Set(items).size === count && items.every((item) => choices.includes(item));
}

const toolCall = z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) });

/** The one call that a text is, in the style of Hermes. */
function callIn(text: string): z.infer<typeof toolCall> | undefined {
  const content = /^<tool_call>\n(?<json>.*)\n<\/tool_call>$/su.exec(text)?.groups?.["json"];
  return content === undefined ? undefined : toolCall.safeParse(parsed(content)).data;
}
