/** Values of properties as a launch line writes them. */
import type { PropertyValue } from "../description.js";

/** What is read back as the same text without quotes, and is not mistaken for a number, a list, or the end of the value. */
const bareText = /^(?!(?:true|false|null)$)(?![-+.]*\d[\d.,_]*(?:e[-+\d]*)?$)[\p{L}\p{N}\p{Extended_Pictographic}_./:@+~$*%-][\p{L}\p{M}\p{N}\p{Extended_Pictographic}_./:@+~$*%?&=,;#[\]-]*$/iu;

/** Controls, marks of direction, and ends of lines: what is not seen where it is shown, or steers a terminal. JSON.stringify leaves these as they are. */
const unseen = /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/** Gives a value as it is written after `key=`: text is quoted where it must be. */
export function printValue(value: PropertyValue): string {
  return typeof value === "string" && bareText.test(value) ? value : printJson(value);
}

/** Gives a text in quotes. */
export function printText(text: string): string {
  return JSON.stringify(text).replaceAll(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function printJson(value: PropertyValue): string {
  if (typeof value === "string") return printText(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return isArray(value) ? `[${value.map(printJson).join(", ")}]` : `{${Object.entries(value).map(([key, inner]) => `${printText(key)}: ${printJson(inner)}`).join(", ")}}`;
}

function isArray(value: object): value is readonly PropertyValue[] {
  return Array.isArray(value);
}
