/** What stands after an element of a launch line: its name and its properties. */
import { name as elementName, propertyName, type PropertyValue } from "../description.js";
import type { ElementDefinition } from "../element.js";
import { likelyName } from "../likely-name.js";
import type { LaunchText } from "./launch-text.js";
import { quoted } from "./pipeline-syntax-error.js";
import { readText, readValue } from "./read-value.js";

export interface WrittenProperties {
  readonly name?: { readonly name: string; readonly offset: number };
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

/** Reads as many `key=value` as there are. Of an element that is known, only properties that it has; of a bin only its name. */
export function readProperties(text: LaunchText, definition: Pick<ElementDefinition, "name" | "properties"> | "bin" | undefined): WrittenProperties {
  const properties: Record<string, PropertyValue> = {};
  let name: WrittenProperties["name"];
  for (let key = readKey(text); key; key = readKey(text)) {
    const { offset, word } = key;
    if (word === "name" ? name : Object.hasOwn(properties, word)) text.fail(offset, `${quoted(word)} is given twice`, { length: word.length });
    if (word === "name") name = readName(text);
    else {
      if (definition === "bin") text.fail(offset, "a bin has no properties but name", { length: word.length });
      requireProperty(text, offset, word, definition);
      properties[word] = readValue(text, word);
    }
  }
  return { ...(name && { name }), ...(Object.keys(properties).length > 0 && { properties }) };
}

/** Passes a word and the `=` after it, if that is what comes next. */
function readKey(text: LaunchText): { readonly offset: number; readonly word: string } | undefined {
  const offset = text.skip().at;
  const word = text.word();
  if (word !== undefined && text.take("=")) return { offset, word };
  text.at = offset;
  return undefined;
}

function readName(text: LaunchText): { readonly name: string; readonly offset: number } {
  const offset = text.at;
  const name = readText(text, "name");
  const { error } = elementName.safeParse(name);
  if (error) text.fail(offset, `${quoted(name)} is no name: ${error.issues[0]?.message ?? ""}`, { length: text.at - offset });
  return { name, offset };
}

function requireProperty(text: LaunchText, offset: number, word: string, definition: Pick<ElementDefinition, "name" | "properties"> | undefined): void {
  const { error } = propertyName.safeParse(word);
  if (error) text.fail(offset, `${quoted(word)} is no name of a property: ${error.issues[0]?.message ?? ""}`, { length: word.length });
  if (!definition) return;
  const { shape, def: { catchall } } = definition.properties;
  if (Object.hasOwn(shape, word) || (catchall !== undefined && catchall._zod.def.type !== "never")) return;
  const names = Object.keys(shape);
  const likely = likelyName(word, names);
  const has = likely !== undefined ? "" : names.length === 0 ? "; it has none" : `; it has ${names.join(", ")}`;
  text.fail(offset, `${definition.name} has no property ${quoted(word)}${has}`, { length: word.length, likely });
}
