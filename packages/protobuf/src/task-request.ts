/** The messages that tasks take: the fields of the input, then those of the parameters. */
import { StageError, takesValue } from "@iftk/core";
import type { Mode } from "@iftk/core";
import type { AnyTask } from "@iftk/core/task";
import { create } from "@bufbuild/protobuf";
import type { Message } from "@bufbuild/protobuf";
import { MessageReader, type GetField } from "./compile-from-message.js";
import { localName, MessageWriter, type FindMessage, type SetField } from "./compile-to-message.js";
import { propertiesOf, type DataModel, type Draft, type Property } from "./data-model.js";
import { readJsonSchema } from "./json-schema.js";
import type { RequestCodec } from "./message-codec.js";
import type { FieldShape } from "./message-shape.js";
import { fieldName } from "./proto-name.js";
import { readKind } from "./read-value.js";

/** A request of a task in one mode. */
export interface RequestShape {
  readonly typeName: string;
  readonly input: readonly FieldShape[];
  /** The name of the input where it is one field; undefined where its properties are the fields. */
  readonly inputName: string | undefined;
  readonly parameters: readonly FieldShape[];
  readonly takesStream: boolean;
}

/** Reads the request of a task in one mode into a draft. */
export function readRequest(model: DataModel, task: AnyTask, mode: Mode, draft: Draft): RequestShape {
  const takesStream = !takesValue(mode);
  const { properties, inputName } = inputOf(task, takesStream);
  const parameters = parametersOf(task);
  const fields = model.fields([...properties, ...parameters], draft);
  return { typeName: draft.typeName, input: fields.slice(0, properties.length), inputName, parameters: fields.slice(properties.length), takesStream };
}

/** In streams the fields of the input have names of their own, and tell whether they were set. */
function inputOf({ name, input }: AnyTask, takesStream: boolean): { readonly properties: Property[]; readonly inputName: string | undefined } {
  const document = readJsonSchema(takesStream ? input.part : input.whole, "input", `${name}: ${input.name}`);
  const { schema } = document.root;
  const kind = readKind(schema, `${name}: ${input.name}`);
  const isFlat = kind.kind === "message";
  const properties = isFlat ? propertiesOf(document, kind.properties, schema.required) : [{ name: input.name, schema: document.schema, isRequired: true, document }];
  return {
    properties: takesStream ? properties.map((property) => ({ ...property, keepsPresence: true, field: `${fieldName(property.name)}_stream` })) : properties,
    inputName: isFlat ? undefined : input.name,
  };
}

/** Parameters that were left out are left out, for their schema knows the defaults. */
function parametersOf({ name, parameters }: AnyTask): Property[] {
  if (!parameters) return [];
  const place = `${name}: the parameters`;
  const document = readJsonSchema(parameters, "input", place);
  const { schema } = document.root;
  const kind = readKind(schema, place);
  if (kind.kind !== "message") throw new StageError("invalid_argument", `${place} must be an object whose properties are named, for each becomes a field.`);
  return propertiesOf(document, kind.properties, schema.required).map((property) => ({ ...property, mayBeLeftOut: true }));
}

type Bag = Record<string, unknown>;

/** The codec of a request. */
export function requestCodec({ typeName, input, inputName, parameters, takesStream }: RequestShape, find: FindMessage): RequestCodec {
  const desc = find(typeName);
  const writer = new MessageWriter(find);
  const reader = new MessageReader(find);
  const writeInput = writeTo(writer.fields(input, desc), `${typeName}: the input`);
  const writeParameters = writeTo(writer.fields(parameters, desc), `${typeName}: the parameters`);
  const readInput = readFrom(reader.fields(input, desc));
  const readParameters = readFrom(reader.fields(parameters, desc));
  const hasInput = someSet(input.map(({ declaration }) => localName(desc, declaration.number)));
  const hasParameters = someSet(parameters.map(({ declaration }) => localName(desc, declaration.number)));
  const hasList = parameters.some(({ isRequired }) => isRequired);

  return {
    desc,
    toMessage(request) {
      const message = create(desc) as Message & Bag;
      if (request.input !== undefined) writeInput(inputName === undefined ? request.input : { [inputName]: request.input }, message);
      if (request.parameters !== undefined) writeParameters(request.parameters, message);
      return message;
    },
    fromMessage(message, isFirst) {
      const bag = message as Message & Bag;
      const request: { input?: unknown; parameters?: unknown } = {};
      if (!takesStream || !isFirst || hasInput(bag)) {
        const values = readInput(bag);
        request.input = inputName === undefined ? values : values[inputName];
      }
      if (hasParameters(bag) || (isFirst && hasList)) request.parameters = readParameters(bag);
      return request;
    },
  };
}

function writeTo(setters: readonly SetField[], place: string): (source: unknown, message: Bag) => void {
  return (source, message) => {
    if (typeof source !== "object" || source === null) throw new StageError("invalid_argument", `${place}: expected an object, got ${source === null ? "null" : typeof source}.`);
    for (const set of setters) set(source as Bag, message);
  };
}

function readFrom(getters: readonly GetField[]): (message: Bag) => Bag {
  return (message) => {
    const target: Bag = {};
    for (const get of getters) get(message, target);
    return target;
  };
}

/** Whether a message has any of these fields, each of which keeps its presence or is a list or a map. */
function someSet(names: readonly string[]): (message: Bag) => boolean {
  return (message) =>
    names.some((name) => {
      const value = message[name];
      if (Array.isArray(value)) return value.length > 0;
      if (typeof value !== "object" || value === null || value instanceof Uint8Array || "$typeName" in value) return value !== undefined;
      return Object.keys(value).length > 0;
    });
}
