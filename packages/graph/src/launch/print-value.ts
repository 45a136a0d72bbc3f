/** Values of properties as a launch line writes them. */
import type { PropertyValue } from "../description.js";

/** What is read back as the same text without quotes, and does not look as if it were a number. */
const bareText = /^(?![-+.]*\d)(?!(?:true|false|null)$)[\w./:@+~-]+$/i;

/** Gives a value as it is written after `key=`: text is quoted where it must be. */
export function printValue(value: PropertyValue): string {
  return typeof value === "string" && bareText.test(value) ? value : printJson(value);
}

function printJson(value: PropertyValue): string {
  if (typeof value === "object" && value !== null) {
    return isArray(value) ? `[${value.map(printJson).join(", ")}]` : `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${printJson(inner)}`).join(", ")}}`;
  }
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}

function isArray(value: object): value is readonly PropertyValue[] {
  return Array.isArray(value);
}
