/** Functions that make messages of values. */
import { StageError } from "@iftk/core";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import type { FieldShape, MessageShape, ValueShape } from "./message-shape.js";
import { checkedText, toJsonValue } from "./json-value.js";

/** Finds a message by its full name. */
export type FindMessage = (typeName: string) => DescMessage;

type Convert = (value: unknown) => unknown;
type Bag = Record<string, unknown>;
/** Sets one field of a message out of an object. */
export type SetField = (source: Bag, message: Bag) => void;

/** Compiles messages of one set of descriptors; each is compiled once. */
export class MessageWriter {
  readonly #find: FindMessage;
  readonly #compiled = new Map<MessageShape, (value: unknown) => Message>();

  constructor(find: FindMessage) {
    this.#find = find;
  }

  /** The function that makes a message of an object. It throws StageError `invalid_argument`, with the field's name, for what does not fit. */
  message(shape: MessageShape): (value: unknown) => Message {
    const known = this.#compiled.get(shape);
    if (known) return known;
    const $typeName = shape.typeName;
    const setters: SetField[] = [];
    const convert = (value: unknown): Message => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw mismatch($typeName, "an object", value);
      const message: Message & Bag = { $typeName };
      for (const set of setters) set(value as Bag, message);
      return message;
    };
    this.#compiled.set(shape, convert); // before its fields, which may refer to it
    setters.push(...this.fields(shape.fields, this.#find($typeName)));
    return convert;
  }

  /** The functions that set the fields of a message. */
  fields(fields: readonly FieldShape[], desc: DescMessage): SetField[] {
    return fields.map((field) => this.#field(field, desc));
  }

  #field({ property, declaration: { name, number, label }, value, isRequired, hasDefault }: FieldShape, desc: DescMessage): SetField {
    const place = `${desc.typeName}.${name}`;
    const target = localName(desc, number);
    const read = readerOf(property);
    const convert = this.#value(value, place);
    const mayLack = !isRequired || (label === undefined && value.kind === "json");
    if (label === "repeated" || label === "map") {
      const [all, isEmpty, what] = label === "map" ? [ofEntries(convert), isEmptyObject, "an object"] as const : [ofItems(convert), isEmptyArray, "an array"] as const;
      return (source, message) => {
        const found = read(source);
        if (found === undefined && mayLack) {
          message[target] = label === "map" ? {} : [];
          return;
        }
        if (typeof found !== "object" || found === null || Array.isArray(found) !== (label === "repeated")) throw mismatch(place, what, found);
        if (hasDefault && !isRequired && isEmpty(found)) throw new StageError("invalid_argument", `${place}: an empty ${label === "map" ? "map" : "list"} cannot be sent, for it is the same as none, which stands for the default.`);
        message[target] = all(found);
      };
    }
    return (source, message) => {
      const found = read(source);
      if (found !== undefined) message[target] = convert(found);
      else if (!mayLack) throw new StageError("invalid_argument", `${place} is missing.`);
    };
  }

  #value(shape: ValueShape, place: string): Convert {
    switch (shape.kind) {
      case "message":
        return this.message(shape.message);
      case "json":
        return (value) => toJsonValue(value, place);
      case "enum": {
        const numbers = new Map(shape.values.map((value, number) => [value as unknown, number]));
        const expected = `one of ${shape.values.map((value) => JSON.stringify(value)).join(", ").slice(0, 256)}`;
        return (value) => numbers.get(value) ?? fail(place, expected, value);
      }
      case "string":
        return (value) => (typeof value === "string" ? checkedText(value, place) : fail(place, "a string", value));
      case "bool":
        return (value) => (typeof value === "boolean" ? value : fail(place, "true or false", value));
      case "double":
        return (value) => (typeof value === "number" ? value : fail(place, "a number", value));
      case "int32":
        return (value) => ((value as number) === ((value as number) | 0) ? value : fail(place, "an integer of 32 bits", value));
      case "uint32":
        return (value) => ((value as number) === (value as number) >>> 0 ? value : fail(place, "an integer of 32 bits from 0", value));
      case "int64":
        return (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : fail(place, "an integer within the safe ones", value));
      case "bytes":
        return (value) => (value instanceof Uint8Array ? value : fail(place, "a Uint8Array", value));
      case "base64":
        return (value) => (typeof value === "string" ? bytesOf(value, place) : value instanceof Uint8Array ? value : fail(place, "a text of base64", value));
    }
  }
}

/** The name that a field has in messages of the library. Throws StageError `invalid_argument` for one that every object has already. */
export function localName(desc: DescMessage, number: number): string {
  const field = desc.fields.find((one) => one.number === number);
  if (!field) throw new StageError("internal", `${desc.typeName} has no field ${number}.`);
  if (field.localName in Object.prototype) throw new StageError("invalid_argument", `${desc.typeName}: a property cannot be named ${field.localName}, for every object has it already; rename it.`);
  return field.localName;
}

/** Reads a property, and only one of the object's own where every object has another. */
function readerOf(property: string): (source: Bag) => unknown {
  return property in Object.prototype ? (source) => (Object.hasOwn(source, property) ? source[property] : undefined) : (source) => source[property];
}

function ofItems(convert: Convert): (items: object) => unknown {
  return (items) => (items as unknown[]).map(convert);
}

function ofEntries(convert: Convert): (entries: object) => unknown {
  return (entries) => Object.fromEntries(Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, convert(value)]])));
}

function isEmptyArray(value: object): boolean {
  return (value as unknown[]).length === 0;
}

function isEmptyObject(value: object): boolean {
  return Object.keys(value).length === 0;
}

function bytesOf(text: string, place: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch {
    throw new StageError("invalid_argument", `${place}: the text is not base64.`);
  }
}

function fail(place: string, expected: string, value: unknown): never {
  throw mismatch(place, expected, value);
}

function mismatch(place: string, expected: string, value: unknown): StageError {
  const got = value === undefined ? "nothing" : value === null ? "null" : Array.isArray(value) ? "an array" : typeof value === "number" ? String(value) : `a value of type ${typeof value}`;
  return new StageError("invalid_argument", `${place}: expected ${expected}, got ${got}.`);
}
