/** Functions that make values of messages. */
import { StageError } from "@iftk/core";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import type { Value } from "@bufbuild/protobuf/wkt";
import { localName, type FindMessage } from "./compile-to-message.js";
import { fromJsonValue } from "./json-value.js";
import type { FieldShape, MessageShape, ValueShape } from "./message-shape.js";

type Bag = Record<string, unknown>;
type Convert = (value: unknown) => unknown;
/** Sets one property of an object out of a message. */
export type GetField = (message: Bag, target: Bag) => void;

const zeros: Readonly<Record<string, unknown>> = { string: "", bool: false, double: 0, int32: 0, uint32: 0, int64: 0, base64: "" };

/** Compiles messages of one set of descriptors; each is compiled once. */
export class MessageReader {
  readonly #find: FindMessage;
  readonly #compiled = new Map<MessageShape, (message: Message) => unknown>();

  constructor(find: FindMessage) {
    this.#find = find;
  }

  /** The function that makes an object of a message. It throws StageError `invalid_argument`, with the field's name, for a number that no value has. */
  message(shape: MessageShape): (message: Message) => unknown {
    const known = this.#compiled.get(shape);
    if (known) return known;
    const getters: GetField[] = [];
    const convert = (message: Message): unknown => {
      const target: Bag = {};
      for (const get of getters) get(message, target);
      return target;
    };
    this.#compiled.set(shape, convert); // before its fields, which may refer to it
    getters.push(...this.fields(shape.fields, this.#find(shape.typeName)));
    return convert;
  }

  /** The functions that read the fields of a message. */
  fields(fields: readonly FieldShape[], desc: DescMessage): GetField[] {
    return fields.map((field) => this.#field(field, desc));
  }

  #field({ property, declaration: { name, number, label }, value, isRequired }: FieldShape, desc: DescMessage): GetField {
    const source = localName(desc, number);
    const convert = this.#value(value, `${desc.typeName}.${name}`);
    if (label === "repeated") {
      return (message, target) => {
        const items = message[source] as unknown[];
        if (isRequired || items.length > 0) target[property] = convert ? items.map(convert) : items;
      };
    }
    if (label === "map") {
      return (message, target) => {
        const entries = Object.entries(message[source] as object);
        if (isRequired || entries.length > 0) target[property] = Object.fromEntries(convert ? entries.map(([key, item]) => [key, convert(item)]) : entries);
      };
    }
    const zero = isRequired ? zeroOf(value) : undefined;
    return (message, target) => {
      const found = message[source];
      if (found !== undefined) target[property] = convert ? convert(found) : found;
      else if (zero !== undefined) target[property] = zero();
    };
  }

  /** How a value is read; undefined where it is taken as it is. */
  #value(shape: ValueShape, place: string): Convert | undefined {
    switch (shape.kind) {
      case "message":
        return this.message(shape.message) as Convert;
      case "json":
        return (value) => fromJsonValue(value as Value);
      case "enum":
        return (number) => shape.values[number as number] ?? fail(place, "is no number of a value");
      case "int64":
        return (value) => {
          const number = Number(value);
          return Number.isSafeInteger(number) ? number : fail(place, "is beyond the integers that a number holds exactly");
        };
      case "base64":
        return (value) => base64Encode(value as Uint8Array);
      case "string":
      case "bool":
      case "double":
      case "int32":
      case "uint32":
      case "bytes":
        return undefined;
    }
  }
}

/** What a scalar is that was left out because it is the default of its type. */
function zeroOf(shape: ValueShape): (() => unknown) | undefined {
  if (shape.kind === "enum") return () => shape.values[0];
  if (shape.kind === "bytes") return () => new Uint8Array();
  return shape.kind in zeros ? () => zeros[shape.kind] : undefined;
}

function fail(place: string, what: string): never {
  throw new StageError("invalid_argument", `${place}: what was sent ${what}.`);
}
