/** Values of properties in a launch line. */
import type { PropertyValue } from "../description.js";
import { deepestNesting } from "./launch-limits.js";
import type { LaunchText } from "./launch-text.js";
import { quoted } from "./pipeline-syntax-error.js";

const bareWord = /[^\s!()"']+/y;
const bareWordAfterSpace = /[^\s!()"'=]+/y;
const end = /[\s!()#]|$/y;
const jsonWord = /[^\s!()"'#,:[\]{}]+/y;
const plainCharacters = /[^"'\\]+/y;
const hexDigits = /[\da-f]{4}/iy;
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const words: ReadonlyMap<string, boolean | null> = new Map([["true", true], ["false", false], ["null", null]]);
const escapes: ReadonlyMap<string, string> = new Map([["n", "\n"], ["t", "\t"], ["r", "\r"], ["b", "\b"], ["f", "\f"], ["/", "/"], ["\\", "\\"], ['"', '"'], ["'", "'"]]);

/** Reads what follows the `=` of a property: a bare word, a string, an array or an object. */
export function readValue(text: LaunchText, key: string): PropertyValue {
  const start = valueStart(text);
  const value = text.next === "[" || text.next === "{" ? readJson(text, 1) : isQuote(text.next) ? readString(text) : readBareValue(text, start, readBare(text, start, key));
  return ended(text, start, value);
}

/** Reads what follows the `=` of a property as text, whatever it looks like. */
export function readText(text: LaunchText, key: string): string {
  const start = valueStart(text);
  return ended(text, start, isQuote(text.next) ? readString(text) : readBare(text, start, key));
}

/** Whether a character begins a string. */
export function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}

/** Reads a string in single or double quotes, with the escapes of JSON; it may go over several lines. */
export function readString(text: LaunchText): string {
  const start = text.at;
  const quote = text.next;
  text.at++;
  const parts: string[] = [];
  while (text.next !== quote) {
    if (text.next === "") text.fail(start, `this string is not closed; expected ${quote}`);
    const plain = text.match(plainCharacters);
    parts.push(plain ?? readCharacter(text));
  }
  text.at++;
  return parts.join("");
}

function readCharacter(text: LaunchText): string {
  const start = text.at;
  const character = text.next;
  text.at++;
  if (character !== "\\") return character;
  const letter = text.next;
  text.at++;
  const escaped = escapes.get(letter);
  if (escaped !== undefined) return escaped;
  const digits = letter === "u" ? text.match(hexDigits) : undefined;
  if (digits === undefined) text.fail(start, String.raw`this escape is none of JSON; a backslash itself is written \\`, { length: 2 });
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/** The place where the value begins: directly after the `=`, or after white space. */
function valueStart(text: LaunchText): number {
  // A bare word may begin with # only where no white space is before it, as in color=#fff.
  return text.next === "#" ? text.at : text.skip().at;
}

function readBare(text: LaunchText, start: number, key: string): string {
  const isAttached = text.text[start - 1] === "=";
  return text.match(isAttached ? bareWord : bareWordAfterSpace) ?? text.failHere(`expected a value of ${quoted(key)}; an empty text is ""`);
}

function ended<Value>(text: LaunchText, start: number, value: Value): Value {
  const { at } = text;
  if (text.match(end) === undefined) text.fail(start, "the value goes on after its end; put all of it into quotes", { length: at + 1 - start });
  text.at = at;
  return value;
}

/** What a word without quotes says: a number, `true`, `false`, `null`, or else itself. */
export function readBareValue(text: LaunchText, start: number, bare: string): string | number | boolean | null {
  return numberPattern.test(bare) ? numberOf(text, start, bare) : words.has(bare) ? (words.get(bare) ?? null) : bare;
}

function numberOf(text: LaunchText, start: number, digits: string): number {
  const value = Number(digits);
  if (!Number.isFinite(value)) text.fail(start, "this number is too large; a text is put into quotes", { length: digits.length });
  if (/^-?\d+$/.test(digits) && digits !== "-0" && String(value) !== digits) text.fail(start, "this number cannot be held exactly; put it into quotes to keep its digits", { length: digits.length });
  return value + 0; // -0 is 0, as JSON.stringify has it
}

function readJson(text: LaunchText, depth: number): PropertyValue {
  const start = text.skip().at;
  const isContainer = text.next === "[" || text.next === "{";
  if (isContainer && depth > deepestNesting) text.fail(start, `arrays and objects are nested deeper than ${deepestNesting}`);
  if (isContainer) return text.next === "[" ? readArray(text, depth) : readObject(text, depth);
  if (isQuote(text.next)) return readString(text);
  const word = text.match(jsonWord);
  if (word === undefined) return text.failHere("expected a JSON value");
  if (numberPattern.test(word)) return numberOf(text, start, word);
  return words.has(word) ? (words.get(word) ?? null) : text.fail(start, `${quoted(word)} is no JSON value; a text inside of [ ] and { } is put into quotes`, { length: word.length });
}

function readArray(text: LaunchText, depth: number): PropertyValue {
  const values: PropertyValue[] = [];
  readItems(text, "]", () => values.push(readJson(text, depth + 1)));
  return values;
}

function readObject(text: LaunchText, depth: number): PropertyValue {
  const object: Record<string, PropertyValue> = {};
  readItems(text, "}", () => {
    const start = text.skip().at;
    if (!isQuote(text.next)) text.failHere('expected a key in quotes, as in {"key": 1}');
    const key = readString(text);
    const length = text.at - start;
    if (key in {}) text.fail(start, "this key cannot be used", { length });
    if (Object.hasOwn(object, key)) text.fail(start, "this key is given twice", { length });
    if (!text.take(":")) text.failHere('expected ":"');
    object[key] = readJson(text, depth + 1);
  });
  return object;
}

function readItems(text: LaunchText, close: string, readItem: () => void): void {
  const start = text.at;
  text.at++;
  if (text.take(close)) return;
  do readItem();
  while (text.take(","));
  if (text.take(close)) return;
  if (text.next === "") text.fail(start, `this ${JSON.stringify(text.text[start])} is not closed`);
  text.failHere(`expected "," or "${close}"`);
}
