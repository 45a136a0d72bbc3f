/** Places in JSON. */
import { quoted } from "../launch/pipeline-syntax-error.js";

/** A place as it is written in messages: `elements[2].properties.ms`. */
export function jsonPath(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : /^[\w-]{1,64}$/.test(String(part)) ? `${index === 0 ? "" : "."}${String(part)}` : `[${quoted(String(part))}]`)).join("");
}

/** What stands at a place; undefined when nothing does. */
export function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value: unknown, part) => (typeof value === "object" && value !== null && Object.hasOwn(value, part) ? (value as Readonly<Record<PropertyKey, unknown>>)[part] : undefined), json);
}
